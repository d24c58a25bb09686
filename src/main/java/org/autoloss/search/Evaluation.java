package org.autoloss.search;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a candidate did.
 *
 * @param score larger is better; 0 if the status is not OK
 * @param status how it ended
 * @param seconds what it took; tells nothing else, and differs from run to run
 * @param measures whatever else was measured, by name, in order; the search does not look at it
 */
public record Evaluation(
    double score, Status status, double seconds, Map<String, Double> measures) {
  /**
   * An evaluation that measured its score alone.
   *
   * @param score larger is better
   * @param status how it ended
   * @param seconds what it took
   * @throws IllegalArgumentException if the score is NaN or infinite
   */
  public Evaluation(double score, Status status, double seconds) {
    this(score, status, seconds, Map.of());
  }

  /** How an evaluation ended. */
  public enum Status {
    /** Complete. */
    OK,
    /** The loss became NaN or infinite, and the evaluation ended there. */
    NOT_FINITE
  }

  /**
   * Checks the score and copies the measures.
   *
   * @throws IllegalArgumentException if the score is NaN or infinite
   */
  public Evaluation {
    if (!Double.isFinite(score)) {
      throw new IllegalArgumentException("score: expected a finite number, got " + score);
    }
    measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
  }
}

package org.autoloss.storage;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A candidate, or a training of one, and what became of it. Stage, step, sample and content are its
 * address: the journal holds one entry for each.
 *
 * @param stage which part of the run
 * @param step see {@link Stage}
 * @param sample see {@link Stage}
 * @param seed of everything random in its training; 0 if it was not trained
 * @param name what tables call it; may be empty
 * @param content the candidate itself: parameters as a JSON array, a graph's expression, or a
 *     loss's specification or artefact
 * @param origin where the candidate came from
 * @param outcome what became of it
 */
public record Entry(
    Stage stage,
    int step,
    int sample,
    long seed,
    String name,
    String content,
    Origin origin,
    Outcome outcome) {
  /**
   * Where a candidate came from.
   *
   * @param parent the number of the individual that it descends from; null if it has none
   * @param mutation what was done to the parent; null if nothing was
   * @param fingerprint of its gradients; null if none was taken
   */
  public record Origin(Integer parent, String mutation, Long fingerprint) {
    /** Nothing is known. */
    public static final Origin NONE = new Origin(null, null, null);
  }

  /**
   * What became of a candidate.
   *
   * @param decision in lower case: {@code ok}, {@code complete}, {@code not_finite}, {@code
   *     crashed} of a training; {@code trained} or {@code reused} of an individual; and of an
   *     explored loss how the screening decided
   * @param score larger is better; null if there is none
   * @param metrics all that was measured, by name, in order
   * @param seconds that it took; null if it was not trained
   * @param machine where it was trained; null if it was not, or by the process that wrote it down
   */
  public record Outcome(
      String decision, Double score, Map<String, Double> metrics, Double seconds, String machine) {
    /** Copies the metrics. */
    public Outcome {
      metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /**
     * An outcome of the process that writes it down.
     *
     * @param decision in lower case
     * @param score larger is better; null if there is none
     * @param metrics all that was measured, by name, in order
     * @param seconds that it took; null if it was not trained
     */
    public Outcome(String decision, Double score, Map<String, Double> metrics, Double seconds) {
      this(decision, score, metrics, seconds, null);
    }

    /**
     * An outcome without a training.
     *
     * @param decision in lower case
     * @return neither score nor metrics
     */
    public static Outcome of(String decision) {
      return new Outcome(decision, null, Map.of(), null);
    }
  }
}

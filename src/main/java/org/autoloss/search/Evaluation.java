package org.autoloss.search;

/**
 * How a candidate did.
 *
 * @param score larger is better; 0 if the status is not OK
 * @param status how it ended
 * @param seconds what it took; tells nothing else, and differs from run to run
 */
public record Evaluation(double score, Status status, double seconds) {
  /** How an evaluation ended. */
  public enum Status {
    /** Complete. */
    OK,
    /** The loss became NaN or infinite, and the evaluation ended there. */
    NOT_FINITE
  }

  /**
   * Checks the score.
   *
   * @throws IllegalArgumentException if the score is NaN or infinite
   */
  public Evaluation {
    if (!Double.isFinite(score)) {
      throw new IllegalArgumentException("score: expected a finite number, got " + score);
    }
  }
}

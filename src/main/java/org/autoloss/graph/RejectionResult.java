package org.autoloss.graph;

import java.util.Arrays;

/**
 * What the rejection protocol says of a graph.
 *
 * @param status how it ended
 * @param score the mean metric of the optimised predictions; of a graph that was stopped early,
 *     what it had reached by then
 * @param norms the gradient norm of each sample at the start, 0 where no more than rounding noise
 * @param fingerprint equal for graphs whose norms agree to two significant digits, sample by
 *     sample, and that pull predictions towards the labels, or away, on the same samples
 */
public record RejectionResult(Status status, double score, double[] norms, long fingerprint) {
  /** How the evaluation of a graph ended; in the order of the native constants. */
  public enum Status {
    /** The score reaches the threshold. */
    ACCEPTED,
    /** The score cannot reach the threshold. */
    BELOW_THRESHOLD,
    /** No sample's gradient is more than rounding noise. */
    NO_GRADIENT,
    /** A value, a gradient or a prediction is NaN or infinite in float32. */
    NOT_FINITE,
    /** The fingerprint is known, or that of an earlier graph of the same call. */
    DUPLICATE
  }

  /**
   * Whether the graph passes.
   *
   * @return true if the status is {@link Status#ACCEPTED}
   */
  public boolean accepted() {
    return status == Status.ACCEPTED;
  }

  /**
   * The same with another score.
   *
   * @param other the score
   * @return a new verdict
   */
  RejectionResult withScore(double other) {
    return new RejectionResult(status, other, norms, fingerprint);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RejectionResult verdict
        && status == verdict.status
        && Double.compare(score, verdict.score) == 0
        && Arrays.equals(norms, verdict.norms)
        && fingerprint == verdict.fingerprint;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(fingerprint) + 31 * status.hashCode();
  }
}

package org.autoloss.search.evolution;

/**
 * A loss that a search has looked at, and how it decided.
 *
 * @param candidate the loss and where it came from
 * @param fingerprint of its gradients; null if none was taken
 * @param decision what becomes of it
 * @param branch whose graph was rejected first; null if none was, or there is but one
 */
public record Explored(Candidate candidate, Long fingerprint, Decision decision, String branch) {
  /** What becomes of a candidate. */
  public enum Decision {
    /** Rejected: the optimised predictions do not reach the threshold. */
    BELOW_THRESHOLD,
    /** Rejected: no gradient. */
    NO_GRADIENT,
    /** Rejected: NaN or infinite on the samples. */
    NOT_FINITE,
    /** Rejected: the fingerprint of a rejected candidate. */
    REPEATED_REJECTED,
    /** Accepted, and takes the score of an individual with the same fingerprint. */
    REUSED,
    /** Accepted, and is trained as a proxy. */
    TRAINED
  }
}

package org.autoloss.nn;

import org.autoloss.internal.RandomStreams;

/**
 * How a network is run.
 *
 * @param training true: batch norms use and record the statistics of the batch, dropout drops;
 *     false: recorded statistics, nothing dropped
 * @param seed of what is random in a training pass; same seed, same result
 */
public record Pass(boolean training, long seed) {
  /** To predict. */
  public static final Pass EVALUATION = new Pass(false, 0);

  /**
   * To learn.
   *
   * @param seed of what is random
   * @return the pass
   */
  public static Pass training(long seed) {
    return new Pass(true, seed);
  }

  /** The seed of one block in this pass. */
  long seed(String path) {
    return RandomStreams.seed(seed, path.hashCode());
  }
}

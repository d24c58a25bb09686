package org.autoloss.train;

/** Changes a network's weights by their gradients. */
public interface Optimiser extends AutoCloseable {
  /** Forgets the gradients of the last step. */
  void zeroGradient();

  /**
   * Changes the weights by the gradients that a backward pass has left.
   *
   * @param step from 0, for the schedule
   */
  void step(int step);

  /** Frees what it keeps between steps. */
  @Override
  void close();
}

package org.autoloss.train;

import java.io.IOException;
import java.util.Map;
import org.autoloss.nn.StateDict;

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

  /**
   * What it keeps between steps, beside the step's number.
   *
   * @return a copy; empty if it keeps nothing
   */
  default StateDict state() {
    return new StateDict(Map.of(), Map.of());
  }

  /**
   * Puts back what {@link #state} gave, for a training that goes on.
   *
   * @param state of an optimiser of the same kind and size
   * @throws IOException if the state cannot be read
   */
  default void restore(StateDict state) throws IOException {}

  /** Frees what it keeps between steps. */
  @Override
  void close();
}

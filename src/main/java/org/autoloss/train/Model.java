package org.autoloss.train;

import java.io.IOException;
import java.util.Map;
import org.autoloss.loss.Pair;
import org.autoloss.nn.StateDict;

/**
 * A network together with the batches that it learns from, as far as a training needs to know:
 * losses stay outside of it. Batch i of a model is the same whenever it is asked for.
 *
 * <p>It owns native memory until {@link #close}. Not thread-safe; each training has a model of its
 * own.
 */
public interface Model extends AutoCloseable {
  /**
   * Runs the network on a batch, in training mode.
   *
   * @param step number of the batch, from 0
   * @return what it gives the loss of each branch, by the branch's name, in a fixed order; the
   *     tensors belong to the caller's {@link org.bytedeco.javacpp.PointerScope}
   * @throws IllegalStateException if this model is closed
   */
  Map<String, Pair> forward(long step);

  /**
   * What changes the weights.
   *
   * @param settings how long and how fast
   * @return a new optimiser; the caller closes it before the model
   */
  Optimiser optimiser(TrainingSettings settings);

  /**
   * Whether all weights and statistics are finite.
   *
   * @return false after a training that met NaN or infinity
   */
  boolean isFinite();

  /**
   * How many losses a training looks at together. Where asking for one waits for a device that
   * works ahead, more than one: a training then ends some steps after its loss has become NaN.
   *
   * @return at least 1
   */
  default int lossesAtOnce() {
    return 1;
  }

  /**
   * All that a training changes in this model.
   *
   * @return a copy
   * @throws UnsupportedOperationException if trainings of this model cannot go on later
   */
  default StateDict state() {
    throw new UnsupportedOperationException("this model does not say what a training changes");
  }

  /**
   * Puts back what {@link #state} gave, for a training that goes on.
   *
   * @param state of a model that was made in the same way
   * @param step the next one
   * @throws IOException if the state cannot be read
   * @throws UnsupportedOperationException if trainings of this model cannot go on later
   */
  default void restore(StateDict state, int step) throws IOException {
    throw new UnsupportedOperationException("this model does not say what a training changes");
  }

  /** Frees the native memory. Closing twice is harmless. */
  @Override
  void close();
}

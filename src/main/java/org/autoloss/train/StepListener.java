package org.autoloss.train;

/** Receives the progress of a training. */
@FunctionalInterface
public interface StepListener {
  /** Ignores all calls. */
  StepListener NONE = (step, steps, loss) -> {};

  /**
   * A step is done.
   *
   * @param step from 0
   * @param steps how many there will be
   * @param loss of the step's batch, before the update
   */
  void stepped(int step, int steps, double loss);

  /**
   * Whether this must be called before the next step begins, because it looks at the network.
   *
   * @param step from 0
   * @return false where hearing of several steps together will do
   */
  default boolean needs(int step) {
    return false;
  }

  /**
   * Whether the training goes on. Asked after {@link #stepped}, for the last step that is known.
   *
   * @param step from 0
   * @return false to end it here
   */
  default boolean goesOn(int step) {
    return true;
  }
}

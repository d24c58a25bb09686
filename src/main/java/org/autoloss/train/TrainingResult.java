package org.autoloss.train;

/**
 * How a training went.
 *
 * @param status how it ended
 * @param steps how many updates were made
 * @param firstLoss the loss of the first batch
 * @param lastLoss the mean loss of the last tenth of the steps; of the last batch if the training
 *     ended early
 * @param seconds of wall-clock time
 */
public record TrainingResult(
    Status status, int steps, double firstLoss, double lastLoss, double seconds) {
  /** How a training ended. */
  public enum Status {
    /** After all its steps. */
    COMPLETE,
    /** Early: the loss or a weight became NaN or infinite. */
    NOT_FINITE,
    /** Early: the listener ended it. */
    STOPPED
  }

  /**
   * Whether the network is of use.
   *
   * @return true after all steps
   */
  public boolean complete() {
    return status == Status.COMPLETE;
  }
}

package org.autoloss.train;

/**
 * How long, how fast and by which optimiser to train.
 *
 * @param steps at least 1
 * @param learningRate before the schedule, above 0 as a float
 * @param optimiser what becomes of gradients
 * @param schedule how the rate goes
 * @param earlyStop whether a loss that is NaN or infinite ends the training at once; without it the
 *     training goes on to its last step and learns nothing more; only comparisons of efficiency
 *     want that
 */
public record TrainingSettings(
    int steps,
    double learningRate,
    OptimiserSettings optimiser,
    Schedule schedule,
    boolean earlyStop) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public TrainingSettings {
    check("steps", steps >= 1, "at least 1", steps);
    // Weights are floats: a rate that is none stops the training, and one that is 0 teaches
    // nothing.
    float rate = (float) learningRate;
    check(
        "learning rate",
        rate > 0 && Float.isFinite(rate),
        "a number from 1e-45 to 3e38",
        learningRate);
  }

  /**
   * SGD with momentum 0.9 and weight decay 5e-4, and the poly schedule with power 0.9.
   *
   * @param steps at least 1
   * @param learningRate at the first step, above 0
   * @return the settings
   */
  public static TrainingSettings of(int steps, double learningRate) {
    return new TrainingSettings(steps, learningRate, OptimiserSettings.SGD, Schedule.POLY, true);
  }

  /**
   * The same settings with or without the early stop.
   *
   * @param stop whether a loss that is not finite ends the training at once
   * @return new settings
   */
  public TrainingSettings withEarlyStop(boolean stop) {
    return new TrainingSettings(steps, learningRate, optimiser, schedule, stop);
  }

  /**
   * The same settings with another learning rate.
   *
   * @param rate above 0 as a float
   * @return new settings
   */
  public TrainingSettings withLearningRate(double rate) {
    return new TrainingSettings(steps, rate, optimiser, schedule, earlyStop);
  }

  /**
   * The learning rate of a step.
   *
   * @param step from 0 to {@code steps - 1}
   * @return a number above 0
   */
  public double learningRate(int step) {
    return learningRate * schedule.factor(step, steps);
  }

  private static void check(String name, boolean good, String expected, Number got) {
    if (!good) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }
}

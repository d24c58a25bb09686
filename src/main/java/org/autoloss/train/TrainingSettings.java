package org.autoloss.train;

/**
 * How long and how fast to train: SGD with momentum and weight decay, and the poly schedule {@code
 * rate * (1 - step / steps)^power} (Chen et al., DeepLab, TPAMI 2018, section 4.1.1).
 *
 * @param steps at least 1
 * @param learningRate at the first step, above 0 as a float
 * @param momentum from 0 to below 1
 * @param weightDecay 0 or more, added to the gradient as {@code weightDecay * parameter}
 * @param power of the schedule, 0 or more; 0 keeps the rate
 * @param earlyStop whether a loss that is NaN or infinite ends the training at once; without it the
 *     training goes on to its last step, in vain: only comparisons of efficiency want that
 */
public record TrainingSettings(
    int steps,
    double learningRate,
    double momentum,
    double weightDecay,
    double power,
    boolean earlyStop) {
  private static final double MOMENTUM = 0.9;
  private static final double WEIGHT_DECAY = 5e-4;
  private static final double POWER = 0.9;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public TrainingSettings {
    check("steps", steps >= 1, "at least 1", steps);
    // Weights are floats: a rate that is none stops the training, and one that is 0 teaches
    // nothing.
    check(
        "learning rate",
        positive((float) learningRate),
        "a number from 1e-45 to 3e38",
        learningRate);
    check("momentum", momentum >= 0 && momentum < 1, "0 to below 1", momentum);
    check("weight decay", weightDecay == 0 || positive(weightDecay), "0 or more", weightDecay);
    check("power", power == 0 || positive(power), "0 or more", power);
  }

  /**
   * Momentum 0.9, weight decay 5e-4, power 0.9.
   *
   * @param steps at least 1
   * @param learningRate at the first step, above 0
   * @return the settings
   */
  public static TrainingSettings of(int steps, double learningRate) {
    return new TrainingSettings(steps, learningRate, MOMENTUM, WEIGHT_DECAY, POWER, true);
  }

  /**
   * The same settings with or without the early stop.
   *
   * @param stop whether a loss that is not finite ends the training at once
   * @return new settings
   */
  public TrainingSettings withEarlyStop(boolean stop) {
    return new TrainingSettings(steps, learningRate, momentum, weightDecay, power, stop);
  }

  /**
   * The learning rate of a step.
   *
   * @param step from 0 to {@code steps - 1}
   * @return a number above 0
   */
  public double learningRate(int step) {
    return learningRate * Math.pow(1 - (double) step / steps, power);
  }

  private static boolean positive(double value) {
    return value > 0 && Double.isFinite(value);
  }

  private static void check(String name, boolean good, String expected, Number got) {
    if (!good) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }
}

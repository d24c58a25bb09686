package org.autoloss.search.ppo;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The sizes of a search.
 *
 * @param steps of the policy, 1 to 10,000
 * @param samples in a step, the mean included, 2 to 10,000
 * @param updates of the policy by Adam in a step, at least 1
 * @param sigma deviation of the normal before truncation, above 0; of the first step
 * @param clip of the ratio of densities, above 0 and below 1
 * @param learningRate of Adam, above 0
 * @param finalSigma that of the last step, to which it falls by the same factor from step to step;
 *     null if it stays, as in the paper
 */
public record PpoSettings(
    int steps,
    int samples,
    int updates,
    double sigma,
    double clip,
    double learningRate,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double finalSigma) {
  /**
   * The published sizes: 12 steps of 32 samples, 60 updates, sigma 0.2, clip 0.2, learning rate 0.2
   * (Li et al., ICLR 2021, appendix A).
   */
  public static final PpoSettings PAPER = new PpoSettings(12, 32, 60, 0.2, 0.2, 0.2);

  private static final int LARGEST = 10_000; // so that all trials can be counted

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public PpoSettings {
    count("steps", 1, steps);
    count("samples", 2, samples);
    count("updates", 1, updates);
    within("sigma", sigma, Double.MAX_VALUE);
    within("clip", clip, 1);
    within("learning rate", learningRate, Double.MAX_VALUE);
    if (finalSigma != null && !(finalSigma > 0 && finalSigma <= sigma)) {
      throw new IllegalArgumentException(
          "final sigma: expected a number above 0, at most " + sigma + ", got " + finalSigma);
    }
  }

  /**
   * Sizes of a search whose deviation stays.
   *
   * @param steps of the policy, 1 to 10,000
   * @param samples in a step, the mean included, 2 to 10,000
   * @param updates of the policy by Adam in a step, at least 1
   * @param sigma deviation of the normal before truncation, above 0
   * @param clip of the ratio of densities, above 0 and below 1
   * @param learningRate of Adam, above 0
   */
  public PpoSettings(
      int steps, int samples, int updates, double sigma, double clip, double learningRate) {
    this(steps, samples, updates, sigma, clip, learningRate, null);
  }

  /**
   * The same sizes with a deviation that falls.
   *
   * @param end that of the last step; null if it stays
   * @return new settings
   */
  public PpoSettings withFinalSigma(Double end) {
    return new PpoSettings(steps, samples, updates, sigma, clip, learningRate, end);
  }

  /** The deviation of a step. */
  double sigma(int step) {
    return finalSigma == null || steps == 1
        ? sigma
        : sigma * Math.pow(finalSigma / sigma, (double) step / (steps - 1));
  }

  /**
   * The published settings with other sizes.
   *
   * @param steps of the policy
   * @param samples in a step
   * @return the settings
   */
  public static PpoSettings of(int steps, int samples) {
    return new PpoSettings(
        steps, samples, PAPER.updates, PAPER.sigma, PAPER.clip, PAPER.learningRate);
  }

  private static void count(String name, int least, int got) {
    if (got < least || got > LARGEST) {
      throw new IllegalArgumentException(
          name + ": expected " + least + " to " + LARGEST + ", got " + got);
    }
  }

  private static void within(String name, double got, double below) {
    if (!(got > 0 && got < below)) {
      throw new IllegalArgumentException(
          name
              + ": expected a number above 0"
              + (below < Double.MAX_VALUE ? " and below " + below : "")
              + ", got "
              + got);
    }
  }
}

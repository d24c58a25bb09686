package org.autoloss.graph;

import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * How candidates are tried out on predictions (Li et al., CVPR 2022, section 3.3: the
 * loss-rejection protocol).
 *
 * <p>Predictions start near uniform: logits are normal with deviation {@code noise}. Each sample
 * takes {@code steps} steps of gradient descent with momentum on its own loss. What counts is
 * {@code reach = steps * rate / (1 - momentum)}, how far a constant gradient carries a logit: it is
 * 5 in the paper, and near uniform predictions a gradient hardly changes over that distance, so few
 * steps decide like many.
 *
 * @param metric what the optimised predictions are scored with, a searchable one
 * @param tolerance of the boundary metrics, in pixels
 * @param threshold on the mean score of the samples
 * @param steps of descent, 1 to 1,000,000
 * @param rate of descent, above 0, at most 1e6
 * @param momentum of descent, in [0,1)
 * @param noise deviation of the first logits, positive
 * @param eps the constant of the operator table
 */
public record RejectionSettings(
    SegmentationMetric metric,
    int tolerance,
    double threshold,
    int steps,
    double rate,
    double momentum,
    double noise,
    double eps) {
  private static final double THRESHOLD = 0.6;
  private static final int TOLERANCE = 5;
  private static final double NOISE = 1e-4;
  private static final int MOST_STEPS = 1_000_000;
  private static final double MOST_RATE = 1e6;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public RejectionSettings {
    metric.requireSearchable();
    check("tolerance", tolerance >= 0, "0 or more pixels", tolerance);
    check("threshold", threshold >= 0 && threshold <= 1, "0 to 1", threshold);
    check("steps", steps >= 1 && steps <= MOST_STEPS, "1 to 1,000,000", steps);
    check("rate", rate > 0 && rate <= MOST_RATE, "above 0, at most 1e6", rate);
    check("momentum", momentum >= 0 && momentum < 1, "at least 0 and below 1", momentum);
    check("noise", noise > 0 && Double.isFinite(noise), "a positive number", noise);
    check("eps", eps >= 1e-30 && eps <= 1, "1e-30 to 1", eps);
  }

  /**
   * The default protocol: the paper's threshold and reach, in five plain steps.
   *
   * @param metric what to score with
   * @return the settings
   */
  public static RejectionSettings of(SegmentationMetric metric) {
    return new RejectionSettings(
        metric, TOLERANCE, THRESHOLD, 5, 1, 0, NOISE, GraphLoss.DEFAULT_EPS);
  }

  /**
   * The protocol for what a branch of a network predicts, see {@link
   * RejectionProtocol#on(org.autoloss.Device, BranchSamples, RejectionSettings)}: twenty steps,
   * since boxes and maps have to arrive somewhere, and not only to move. As steps become shorter, a
   * constant gradient carries predictions four times as far as the target is.
   *
   * @return the settings
   */
  public static RejectionSettings ofBranch() {
    return new RejectionSettings(
        SegmentationMetric.MIOU, // not used
        TOLERANCE,
        THRESHOLD,
        20,
        0.2,
        0.5,
        NOISE,
        GraphLoss.DEFAULT_EPS);
  }

  /**
   * The paper's protocol: 500 steps of rate 0.001 with momentum 0.9.
   *
   * @param metric what to score with
   * @return the settings
   */
  public static RejectionSettings paper(SegmentationMetric metric) {
    return new RejectionSettings(
        metric, TOLERANCE, THRESHOLD, 500, 0.001, 0.9, NOISE, GraphLoss.DEFAULT_EPS);
  }

  /**
   * The same settings for another metric.
   *
   * @param other what to score with, a searchable one
   * @return new settings
   */
  public RejectionSettings withMetric(SegmentationMetric other) {
    return new RejectionSettings(other, tolerance, threshold, steps, rate, momentum, noise, eps);
  }

  /**
   * The same settings with another tolerance.
   *
   * @param pixels 0 or more
   * @return new settings
   */
  public RejectionSettings withTolerance(int pixels) {
    return new RejectionSettings(metric, pixels, threshold, steps, rate, momentum, noise, eps);
  }

  /**
   * The same settings with another threshold.
   *
   * @param score 0 to 1
   * @return new settings
   */
  public RejectionSettings withThreshold(double score) {
    return new RejectionSettings(metric, tolerance, score, steps, rate, momentum, noise, eps);
  }

  /**
   * The same settings with another descent.
   *
   * @param count of steps, 1 to 1,000,000
   * @param size of a step, above 0, at most 1e6
   * @param inertia in [0,1)
   * @return new settings
   */
  public RejectionSettings withDescent(int count, double size, double inertia) {
    return new RejectionSettings(metric, tolerance, threshold, count, size, inertia, noise, eps);
  }

  private static void check(String name, boolean valid, String expected, Object got) {
    if (!valid) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }
}

package org.autoloss.search.ppo;

import java.util.Arrays;

/**
 * What PPO2 minimises in one step, as a function of the free variables {@code v}.
 *
 * <p>With {@code mu = sigmoid(v)}, samples {@code x_m} drawn from the policy of the step's start,
 * advantages {@code A_m}, and the ratio of densities {@code r_md = p_new(x_md) / p_old(x_md)}:
 *
 * <pre>  L(v) = - sum_d mean_m min(r_md A_m, clip(r_md, 1 - eps, 1 + eps) A_m)</pre>
 *
 * The ratio is taken per dimension, as in the published code of Auto Seg-Loss, so that each
 * dimension is clipped on its own.
 */
final class ClippedObjective {
  private final double[][] samples;
  private final double[] advantages;
  private final double sigma;
  private final double clip;
  private final double[][] oldLogDensity;

  ClippedObjective(
      double[][] samples, double[] advantages, double[] oldMean, double sigma, double clip) {
    this.samples = samples;
    this.advantages = advantages;
    this.sigma = sigma;
    this.clip = clip;
    TruncatedNormalPolicy old = new TruncatedNormalPolicy(oldMean, sigma);
    oldLogDensity = new double[samples.length][oldMean.length];
    for (int m = 0; m < samples.length; m++) {
      int row = m;
      Arrays.setAll(oldLogDensity[m], d -> old.logDensity(d, samples[row][d]));
    }
  }

  /**
   * Value and gradient.
   *
   * @param free the free variables v
   * @param gradient overwritten by dL/dv
   * @return L(v)
   */
  double evaluate(double[] free, double[] gradient) {
    double[] mean = sigmoid(free);
    TruncatedNormalPolicy policy = new TruncatedNormalPolicy(mean, sigma);
    double value = 0;
    for (int d = 0; d < free.length; d++) {
      double slope = 0;
      for (int m = 0; m < samples.length; m++) {
        double x = samples[m][d];
        double ratio = Math.exp(policy.logDensity(d, x) - oldLogDensity[m][d]);
        double clipped = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
        double plainTerm = ratio * advantages[m];
        double clippedTerm = clipped * advantages[m];
        value -= Math.min(plainTerm, clippedTerm) / samples.length;
        if (plainTerm <= clippedTerm) {
          slope -= plainTerm * policy.logDensitySlope(d, x) / samples.length;
        }
      }
      gradient[d] = slope * mean[d] * (1 - mean[d]);
    }
    return value;
  }

  static double[] sigmoid(double[] free) {
    return Arrays.stream(free).map(v -> 1 / (1 + Math.exp(-v))).toArray();
  }
}

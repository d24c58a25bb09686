package org.autoloss.search.ppo;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.apache.commons.statistics.distribution.ContinuousDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TruncatedNormalDistribution;

/**
 * Independent normal distributions, one for each dimension, truncated to [0,1].
 *
 * <p>The density of a dimension is {@code phi((x - mu) / sigma) / (sigma Z)} with {@code Z = Phi((1
 * - mu) / sigma) - Phi(-mu / sigma)}.
 */
final class TruncatedNormalPolicy {
  private final double[] mean;
  private final double sigma;
  private final ContinuousDistribution[] densities;
  private final double[] normaliserSlope;

  /**
   * A policy.
   *
   * @param mean {@code mu} of each dimension, in [0,1]
   * @param sigma of the normal before truncation, above 0
   */
  TruncatedNormalPolicy(double[] mean, double sigma) {
    this.mean = mean.clone();
    this.sigma = sigma;
    densities = new ContinuousDistribution[mean.length];
    normaliserSlope = new double[mean.length];
    for (int d = 0; d < mean.length; d++) {
      densities[d] = TruncatedNormalDistribution.of(mean[d], sigma, 0, 1);
      NormalDistribution normal = NormalDistribution.of(mean[d], sigma);
      normaliserSlope[d] = (normal.density(0) - normal.density(1)) / normal.probability(0, 1);
    }
  }

  /** The density's logarithm at x in one dimension. */
  double logDensity(int dimension, double x) {
    return densities[dimension].logDensity(x);
  }

  /** The derivative by {@code mu} of {@link #logDensity}. */
  double logDensitySlope(int dimension, double x) {
    return (x - mean[dimension]) / (sigma * sigma) - normaliserSlope[dimension];
  }

  /** Draws a point. */
  double[] sample(RandomGenerator random) {
    // By inversion: the sampler of Commons Statistics 1.1 draws only from the upper half of a
    // normal
    // whose mean is inside the interval.
    double[] point = new double[mean.length];
    Arrays.setAll(point, d -> densities[d].inverseCumulativeProbability(random.nextDouble()));
    return point;
  }
}

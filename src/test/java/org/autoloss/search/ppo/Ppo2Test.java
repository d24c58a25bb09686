package org.autoloss.search.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;

class Ppo2Test {
  private static final double[] OLD = {0.3, 0.6, 0.05, 0.97};

  @Test
  void evaluate_gradient_isTheDerivativeOfTheValue() {
    RandomGenerator random = RandomStreams.stream(11);
    double[][] samples = draw(new TruncatedNormalPolicy(OLD, 0.2), 9, random);
    double[] advantages = random.doubles(9, -1, 1).toArray();
    ClippedObjective objective = new ClippedObjective(samples, advantages, OLD, 0.2, 0.2);
    double[] gradient = new double[4];
    for (int trial = 0; trial < 20; trial++) {
      double[] free = random.doubles(4, -2, 2).toArray();
      objective.evaluate(free, gradient);
      for (int d = 0; d < 4; d++) {
        // Smooth but for kinks at the clip; a step of 1e-6 rarely meets one. Rounding is some 1e-10
        // / 1e-6.
        double h = 1e-6;
        double difference =
            (value(objective, free, d, h) - value(objective, free, d, -h)) / (2 * h);
        assertThat(gradient[d]).isCloseTo(difference, within(1e-6 * (1 + Math.abs(difference))));
      }
    }
  }

  @Test
  void evaluate_atTheOldMean_isTheNegativeSumOfMeanAdvantages() {
    double[][] samples = draw(new TruncatedNormalPolicy(OLD, 0.2), 5, RandomStreams.stream(2));
    double[] advantages = {0, 1, -2, 0.5, 3};
    ClippedObjective objective = new ClippedObjective(samples, advantages, OLD, 0.2, 0.2);
    double[] free = Arrays.stream(OLD).map(mu -> Math.log(mu / (1 - mu))).toArray();
    // All ratios are 1: 4 dimensions, mean advantage 0.5.
    assertThat(objective.evaluate(free, new double[4])).isCloseTo(-4 * 0.5, within(1e-9));
  }

  @Test
  void evaluate_everyRatioClipped_hasNoGradient() {
    double[][] samples = {{0.9}};
    ClippedObjective objective =
        new ClippedObjective(samples, new double[] {1}, new double[] {0.5}, 0.2, 0.2);
    double[] gradient = {Double.NaN};
    double value = objective.evaluate(new double[] {1.5}, gradient); // mean 0.82: ratio far above
    assertThat(value).isCloseTo(-1.2, within(1e-12));
    assertThat(gradient).containsExactly(0);
  }

  @Test
  void logDensitySlope_byMean_isTheDerivative() {
    for (double mean : new double[] {0.001, 0.2, 0.5, 0.99}) {
      for (double x : new double[] {0, 0.1, 0.7, 1}) {
        double h = 1e-6;
        double up = new TruncatedNormalPolicy(new double[] {mean + h}, 0.2).logDensity(0, x);
        double down = new TruncatedNormalPolicy(new double[] {mean - h}, 0.2).logDensity(0, x);
        double slope = new TruncatedNormalPolicy(new double[] {mean}, 0.2).logDensitySlope(0, x);
        assertThat(slope).isCloseTo((up - down) / (2 * h), within(1e-6 * (1 + Math.abs(slope))));
      }
    }
  }

  @Test
  void logDensity_overTheInterval_integratesToOne() {
    TruncatedNormalPolicy policy = new TruncatedNormalPolicy(new double[] {0.1}, 0.2);
    double integral = 0;
    int cells = 10_000;
    for (int i = 0; i < cells; i++) {
      integral += Math.exp(policy.logDensity(0, (i + 0.5) / cells)) / cells;
    }
    assertThat(integral).isCloseTo(1, within(1e-6)); // midpoint rule, error O(1/cells^2)
  }

  @Test
  void sample_manyDraws_followTheTruncatedNormal() {
    RandomGenerator random = RandomStreams.stream(5);
    TruncatedNormalPolicy policy = new TruncatedNormalPolicy(new double[] {0.1, 0.5}, 0.2);
    double[] sum = new double[2];
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      double[] x = policy.sample(random);
      for (int d = 0; d < 2; d++) {
        assertThat(x[d]).isBetween(0.0, 1.0);
        sum[d] += x[d];
      }
    }
    // Mean of a normal (0.1, 0.2) truncated to [0,1]: mu + sigma (phi(a) - phi(b)) / Z
    //   = 0.1 + 0.2 * 0.352065 / 0.691459 = 0.201832. Deviation of the mean of 20,000 draws: below
    // 0.2 / sqrt(20,000) = 0.0014; four of them.
    assertThat(sum[0] / draws).isCloseTo(0.201832, within(0.006));
    assertThat(sum[1] / draws).isCloseTo(0.5, within(0.006));
  }

  @Test
  void update_equalRewards_staysWhereItIs() {
    Ppo2 ppo = new Ppo2(PpoSettings.of(1, 4), OLD);
    double[] before = ppo.mean();
    ppo.update(0, ppo.samples(0, RandomStreams.stream(1)), new double[] {0.7, 0.7, 0.7, 0.7});
    assertThat(ppo.mean()).containsExactly(before);
  }

  @Test
  void samples_sigmaThatFalls_lieEverNearerToTheMean() {
    PpoSettings settings = PpoSettings.of(5, 2_000).withFinalSigma(0.02);
    double[] spread = new double[5];
    for (int step = 0; step < 5; step++) {
      double[] start = {0.5};
      for (double[] sample : new Ppo2(settings, start).samples(step, RandomStreams.stream(step))) {
        spread[step] += (sample[0] - 0.5) * (sample[0] - 0.5) / 2_000;
      }
    }
    // 0.2 by 10^(-step/4); the truncation to [0,1] narrows the first by 5 %.
    assertThat(Math.sqrt(spread[0])).isCloseTo(0.19, within(0.015));
    assertThat(Math.sqrt(spread[2])).isCloseTo(0.0632, within(0.005));
    assertThat(Math.sqrt(spread[4])).isCloseTo(0.02, within(0.002));
  }

  @Test
  void mean_startOnTheBorder_isFinite() {
    Ppo2 ppo = new Ppo2(PpoSettings.of(1, 2), new double[] {0, 1});
    assertThat(ppo.mean()[0]).isCloseTo(0, within(1e-5));
    assertThat(ppo.mean()[1]).isCloseTo(1, within(1e-5));
  }

  @Test
  void adam_firstStep_movesByTheRateAgainstTheGradientsSign() {
    double[] variables = {1, 1, 1};
    new Adam(3, 0.2).stepInPlace(variables, new double[] {5, -1e-3, 0});
    assertThat(variables[0]).isCloseTo(0.8, within(1e-5)); // epsilon 1e-8 against 1e-3
    assertThat(variables[1]).isCloseTo(1.2, within(1e-5));
    assertThat(variables[2]).isEqualTo(1);
  }

  private static double value(ClippedObjective objective, double[] free, int d, double h) {
    double[] moved = free.clone();
    moved[d] += h;
    return objective.evaluate(moved, new double[moved.length]);
  }

  private static double[][] draw(TruncatedNormalPolicy policy, int count, RandomGenerator random) {
    double[][] samples = new double[count][];
    Arrays.setAll(samples, m -> policy.sample(random));
    return samples;
  }
}

package org.autoloss.search.ppo;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Proximal policy optimisation (Schulman et al., 2017, arXiv 1707.06347, equation 7) of a point in
 * {@code [0,1]^D}, as Auto Seg-Loss uses it: only the mean is learnt, the deviation stays.
 *
 * <p>Adam keeps its moments from step to step, as in the published code. Not thread-safe.
 */
final class Ppo2 {
  // A start on the border would have an infinite free variable.
  private static final double MARGIN = 1e-6;

  private final PpoSettings settings;
  private final double[] free;
  private final Adam adam;

  Ppo2(PpoSettings settings, double[] start) {
    this.settings = settings;
    free =
        Arrays.stream(start)
            .map(mu -> Math.min(Math.max(mu, MARGIN), 1 - MARGIN))
            .map(mu -> Math.log(mu / (1 - mu)))
            .toArray();
    adam = new Adam(free.length, settings.learningRate());
  }

  /** The mean, where the search stands. */
  double[] mean() {
    return ClippedObjective.sigmoid(free);
  }

  /** The step's samples: the mean first, the rest drawn around it. */
  double[][] samples(int step, RandomGenerator random) {
    double[] mean = mean();
    TruncatedNormalPolicy policy = new TruncatedNormalPolicy(mean, settings.sigma(step));
    double[][] samples = new double[settings.samples()][];
    samples[0] = mean;
    for (int m = 1; m < samples.length; m++) {
      samples[m] = policy.sample(random);
    }
    return samples;
  }

  /** Moves the mean after the samples' rewards; the first sample's reward is the baseline. */
  void update(int step, double[][] samples, double[] rewards) {
    double[] advantages = Arrays.stream(rewards).map(reward -> reward - rewards[0]).toArray();
    ClippedObjective objective =
        new ClippedObjective(samples, advantages, mean(), settings.sigma(step), settings.clip());
    double[] gradient = new double[free.length];
    for (int i = 0; i < settings.updates(); i++) {
      objective.evaluate(free, gradient);
      adam.stepInPlace(free, gradient);
    }
  }
}

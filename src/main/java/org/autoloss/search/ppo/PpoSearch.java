package org.autoloss.search.ppo;

import java.util.function.LongPredicate;
import org.autoloss.internal.RandomStreams;

/**
 * PPO2 on a truncated normal over {@code [0,1]^D}, whatever the points stand for.
 *
 * <p>In each step the mean and {@code samples - 1} draws around it are scored; the mean's score is
 * the baseline. At the end the last mean is scored as the only point of one more step.
 *
 * <p>The result depends on the objective, the settings, the start and the seed alone.
 *
 * @param settings its sizes
 */
public record PpoSearch(PpoSettings settings) {
  private static final long SAMPLE = 1;

  /** What is maximised. */
  @FunctionalInterface
  public interface Objective {
    /**
     * Scores the points of a step.
     *
     * @param step from 0
     * @param points the mean first; not to be modified
     * @return a score for each, larger is better
     */
    double[] score(int step, double[][] points);
  }

  /**
   * Searches.
   *
   * @param start the first mean, in {@code [0,1]^D}
   * @param seed of everything random
   * @param objective what to maximise
   * @param enough asked before each step but the first, with the number of points scored so far; no
   *     further step is made once it says true
   * @return the last mean, scored as the first point of the step that is not made
   */
  public double[] run(double[] start, long seed, Objective objective, LongPredicate enough) {
    return run(new double[][] {start}, seed, objective, enough);
  }

  /**
   * Searches from the best of several starts, which are scored in a step before the others.
   *
   * @param starts the first means to choose from, in {@code [0,1]^D}; one alone is not scored first
   * @param seed of everything random
   * @param objective what to maximise
   * @param enough asked before each step of the policy but the first
   * @return the last mean, scored as the first point of the step that is not made
   */
  public double[] run(double[][] starts, long seed, Objective objective, LongPredicate enough) {
    int before = starts.length > 1 ? 1 : 0;
    long scored = before * (long) starts.length;
    Ppo2 ppo = new Ppo2(settings, before > 0 ? best(starts, objective) : starts[0]);
    int step = 0;
    for (; step < settings.steps() && (step == 0 || !enough.test(scored)); step++) {
      double[][] samples = ppo.samples(step, RandomStreams.stream(seed, SAMPLE, step));
      ppo.update(step, samples, objective.score(before + step, samples));
      scored += samples.length;
    }
    objective.score(before + step, new double[][] {ppo.mean()});
    return ppo.mean();
  }

  /** Of equals the first. */
  private static double[] best(double[][] starts, Objective objective) {
    double[] scores = objective.score(0, starts);
    int best = 0;
    for (int i = 1; i < starts.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return starts[best];
  }
}

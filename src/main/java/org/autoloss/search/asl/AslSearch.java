package org.autoloss.search.asl;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.autoloss.internal.RandomStreams;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.SearchListener;
import org.autoloss.search.Trial;
import org.autoloss.search.Workers;

/**
 * The search of Auto Seg-Loss: PPO2 on a truncated normal over {@code [0,1]^D}.
 *
 * <p>In each step the mean and {@code samples - 1} draws around it are scored; the mean's score is
 * the baseline. All trials of a step have the same seed, so that they meet the same batches and
 * differ by their parameters alone. At the end the last mean is scored as the only trial of one
 * more step.
 *
 * <p>The result depends on the objective, the settings, the start and the seed, not on the number
 * of workers.
 */
public final class AslSearch {
  private static final long SAMPLE = 1;
  private static final long EVALUATE = 2;

  private final AslSettings settings;
  private final Objective<double[]> objective;
  private final SearchListener<double[]> listener;

  /**
   * A scored point.
   *
   * @param theta the point, not to be modified
   * @param trial its place
   * @param evaluation its score
   */
  public record Scored(double[] theta, Trial trial, Evaluation evaluation) {}

  /**
   * A search.
   *
   * @param settings its sizes
   * @param objective what to maximise, over points of {@code [0,1]^D}
   * @param listener hears of the progress
   */
  public AslSearch(
      AslSettings settings, Objective<double[]> objective, SearchListener<double[]> listener) {
    this.settings = settings;
    this.objective = objective;
    this.listener = listener;
  }

  /**
   * How many evaluations the search makes.
   *
   * @return {@code steps * samples + 1}
   */
  public int trials() {
    return Math.addExact(Math.multiplyExact(settings.steps(), settings.samples()), 1);
  }

  /**
   * Searches.
   *
   * @param start the first mean, in {@code [0,1]^D}
   * @param seed of everything random
   * @param workers who evaluate
   * @return all scored points in the trials' order; the last one is the last mean
   */
  public List<Scored> run(double[] start, long seed, Workers workers) {
    return run(start, seed, workers, evaluations -> false);
  }

  /**
   * Searches, perhaps not to the end.
   *
   * @param start the first mean, in {@code [0,1]^D}
   * @param seed of everything random
   * @param workers who evaluate
   * @param enough asked before each step but the first, with the number of evaluations so far; no
   *     further step is made once it says true
   * @return all scored points in the trials' order; the last one is the last mean, scored as the
   *     first trial of the step that is not made
   */
  public List<Scored> run(double[] start, long seed, Workers workers, LongPredicate enough) {
    Ppo2 ppo = new Ppo2(settings, start);
    List<Scored> all = new ArrayList<>();
    int step = 0;
    for (; step < settings.steps() && (step == 0 || !enough.test(all.size())); step++) {
      double[][] samples = ppo.samples(RandomStreams.stream(seed, SAMPLE, step));
      List<Scored> scored = evaluate(samples, step, seed, workers);
      ppo.update(samples, scored.stream().mapToDouble(s -> s.evaluation().score()).toArray());
      all.addAll(scored);
      listener.stepped(step, ppo.mean());
    }
    all.addAll(evaluate(new double[][] {ppo.mean()}, step, seed, workers));
    return all;
  }

  private List<Scored> evaluate(double[][] samples, int step, long seed, Workers workers) {
    long shared = RandomStreams.seed(seed, EVALUATE, step);
    List<Callable<Scored>> tasks =
        IntStream.range(0, samples.length)
            .<Callable<Scored>>mapToObj(m -> () -> evaluate(samples[m], new Trial(step, m, shared)))
            .toList();
    return workers.run(tasks);
  }

  private Scored evaluate(double[] theta, Trial trial) {
    Evaluation evaluation = objective.evaluate(theta, trial);
    synchronized (listener) {
      listener.evaluated(theta, trial, evaluation);
    }
    return new Scored(theta, trial, evaluation);
  }
}

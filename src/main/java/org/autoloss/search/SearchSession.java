package org.autoloss.search;

import java.util.List;
import java.util.function.BiConsumer;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.task.Task;

/**
 * What a {@link SearchMethod} has to do with.
 *
 * @param task the ground
 * @param start the network that trainings begin with
 * @param objective what to maximise
 * @param seed of everything random
 * @param work of each proxy
 * @param finalists how many of the best are confirmed; a method need not keep more
 * @param executor trains
 * @param stop ends the search before its time
 * @param log takes documents, and what was explored without a training
 * @param progress is told of progress
 */
public record SearchSession(
    Task task,
    Checkpoint start,
    ObjectiveMetric objective,
    long seed,
    Trial.Work work,
    int finalists,
    TrialExecutor executor,
    Stop stop,
    RunLog log,
    ProgressListener progress) {
  /** Ends a search before its time. */
  @FunctionalInterface
  public interface Stop {
    /**
     * Asked between steps, at points that depend on the seed alone.
     *
     * @param candidates how many there have been
     * @return whether the search ends here
     */
    boolean enough(long candidates);
  }

  /**
   * The same session whose proxies stop at a loss that is not finite, or do not.
   *
   * @param earlyStop whether they stop
   * @return a new session on the same executor
   */
  public SearchSession withEarlyStop(boolean earlyStop) {
    return with(work.withEarlyStop(earlyStop));
  }

  /**
   * The same session whose proxies end at a hurdle, unless they are good enough.
   *
   * @param hurdle where; null for none
   * @return a new session on the same executor
   */
  public SearchSession withHurdle(Trial.Hurdle hurdle) {
    return with(work.withHurdle(hurdle));
  }

  private SearchSession with(Trial.Work other) {
    return new SearchSession(
        task, start, objective, seed, other, finalists, executor, stop, log, progress);
  }

  /**
   * A proxy.
   *
   * @param step of the search, from 0
   * @param sample within the step, from 0
   * @param trialSeed of everything random in the training
   * @param loss its specification or artefact
   * @return the trial
   */
  public Trial proxy(int step, int sample, long trialSeed, String loss) {
    String name = "step " + step + " sample " + sample;
    return new Trial(Stage.PROXY, step, sample, trialSeed, name, loss, work);
  }

  /**
   * Trains and scores proxies.
   *
   * @param proxies made by {@link #proxy}
   * @param done called for each as it ends
   * @return the results, in their order
   */
  public List<TrialResult> train(List<Trial> proxies, BiConsumer<Trial, TrialResult> done) {
    return executor.evaluate(proxies, done);
  }
}

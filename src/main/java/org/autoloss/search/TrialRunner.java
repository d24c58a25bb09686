package org.autoloss.search;

import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.loss.LossSet;
import org.autoloss.metric.Evaluation;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.autoloss.train.UndefinedLogitsException;

/**
 * Carries out a trial on this thread: a training from the warm start with fresh heads, by the
 * trial's loss, and a measurement. Thread-safe.
 *
 * @param task data and network
 * @param warm the weights to start from
 * @param listener sees each trained network
 */
public record TrialRunner(Task task, Checkpoint warm, Listener listener) {
  /** Sees a network that was trained, before its result is used. */
  @FunctionalInterface
  public interface Listener {
    /** Does not look. */
    Listener NONE = (trial, model) -> {};

    /**
     * A training is complete. Several threads may call this at once.
     *
     * @param trial what was asked for
     * @param model what it made; closed afterwards
     */
    void trained(Trial trial, TaskModel model);

    /**
     * Whether the network is worth bringing here from the machine that trained it.
     *
     * @param trial what was asked for
     * @return false if {@link #trained} need not be called where the training is elsewhere
     */
    default boolean wants(Trial trial) {
      return false;
    }
  }

  /**
   * Carries a trial out.
   *
   * @param trial what to do
   * @return how it ended
   */
  public TrialResult run(Trial trial) {
    long start = System.nanoTime();
    try (LossSet losses = LossSet.parse(trial.loss(), task.branchInputs());
        TaskModel model = task.resume(warm, Split.TRAIN, trial.seed())) {
      model.resetHeads();
      HurdleWatch hurdle = new HurdleWatch(trial.work(), task, model);
      TrainingResult result = new Trainer(trial.work().settings(task), hurdle).train(model, losses);
      if (result.status() == TrainingResult.Status.STOPPED) {
        return new TrialResult(TrialResult.Status.STOPPED, hurdle.metrics(), secondsSince(start));
      }
      if (!result.complete()) {
        return notFinite(start);
      }
      Map<String, Double> metrics = metrics(trial, model.evaluate(trial.work().measured()));
      metrics.putAll(hurdle.metrics());
      Split beside = trial.work().beside();
      if (beside != null) {
        putBeside(metrics, beside, model.evaluate(beside));
      }
      listener.trained(trial, model);
      return new TrialResult(TrialResult.Status.OK, metrics, secondsSince(start));
    } catch (UndefinedLogitsException e) {
      return notFinite(start);
    }
  }

  /** What is defined; of the final comparisons, also the classes' values. */
  private static Map<String, Double> metrics(Trial trial, Evaluation evaluation) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    evaluation.values().forEach((metric, value) -> metrics.put(metric.label(), value));
    metrics.values().removeIf(value -> value.isNaN());
    if (trial.work().measured() == Split.TEST) {
      evaluation
          .namedClasses()
          .forEach(
              (metric, classes) ->
                  classes.forEach(
                      (name, value) ->
                          metrics.put(TrialResult.ofClass(metric.label(), name), value)));
    }
    return metrics;
  }

  private static void putBeside(Map<String, Double> metrics, Split split, Evaluation evaluation) {
    evaluation
        .values()
        .forEach(
            (metric, value) -> {
              if (!value.isNaN()) {
                metrics.put(TrialResult.onSplit(metric.label(), split.label()), value);
              }
            });
  }

  private static TrialResult notFinite(long start) {
    return new TrialResult(TrialResult.Status.NOT_FINITE, Map.of(), secondsSince(start));
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}

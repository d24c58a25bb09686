package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Display;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.JournalledExecutor;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;

/**
 * Chooses the learning rate by the loss to beat on the reward split: a rate that does not suit it
 * would flatter every other loss.
 *
 * <p>It is chosen twice, for the warm start, which is made by the task's baseline, from the first
 * weights, and for all other trainings from the weights of the warm start. The journal holds the
 * trainings, so that a run that goes on repeats none and chooses the same.
 *
 * @param task data, network, and the rates to try
 * @param judge the loss to beat
 * @param steps of each training
 * @param objective what is compared
 * @param seed of everything random
 * @param log of the run
 * @param progress hears how far it is
 */
record RateSweep(
    Task task,
    String judge,
    int steps,
    ObjectiveMetric objective,
    long seed,
    RunLog log,
    ProgressListener progress) {
  private static final int FROM_SCRATCH = 0;
  private static final int FROM_WARM_START = 1;
  private static final int SEEDS = 2;
  private static final String EVENT = "learning rate";

  /** How many trainings the sweeps have. */
  static long trainings(int rates, int warmSteps) {
    return ((warmSteps > 0 ? 1L : 0) + SEEDS) * rates;
  }

  /**
   * The warm start, by the rate that suits it.
   *
   * @param warmSteps 0 to take the weights that the task begins with
   * @param warmSeed of the first weights and the data's order
   */
  Checkpoint warmStart(int warmSteps, long warmSeed, LossSearch.Executors executors)
      throws IOException {
    Double rate = forWarmStart(warmSteps, executors);
    return new WarmStart(task, warmSteps, rate, warmSeed).make(log, progress);
  }

  /** The rate of the warm start; null for the task's. */
  Double forWarmStart(int warmSteps, LossSearch.Executors executors) throws IOException {
    if (task.learningRates().isEmpty() || warmSteps == 0) {
      return null;
    }
    try (TaskModel model = task.begin(Split.WARM, seed)) {
      return best(FROM_SCRATCH, 1, model.checkpoint(), executors);
    }
  }

  /** The rate of all trainings from the warm start; null for the task's. */
  Double forTrainings(Checkpoint warm, LossSearch.Executors executors) throws IOException {
    return task.learningRates().isEmpty() ? null : best(FROM_WARM_START, SEEDS, warm, executors);
  }

  private Double best(int step, int seeds, Checkpoint start, LossSearch.Executors executors)
      throws IOException {
    TrialRunner runner = new TrialRunner(task, start, TrialRunner.Listener.NONE);
    try (TrialExecutor executor =
        new JournalledExecutor(executors.of(runner), log, result -> result.score(objective))) {
      List<Trial> trials = trials(step, seeds);
      progress.started("learning rate", trials.size());
      List<TrialResult> results = executor.evaluate(trials, (trial, done) -> progress.advanced());
      Double rate = best(results, step, seeds);
      note(step == FROM_SCRATCH ? "of the warm start" : "of all other trainings", rate);
      return rate;
    }
  }

  /** Tells whoever reads the run what was chosen, once. */
  private void note(String what, Double rate) throws IOException {
    ObjectNode detail = Json.MAPPER.createObjectNode().put(what, rate);
    if (log.events().stream().noneMatch(event -> event.detail().equals(detail))) {
      log.event(EVENT, detail);
    }
  }

  private List<Trial> trials(int step, int seeds) {
    List<Trial> trials = new ArrayList<>();
    for (Double rate : task.learningRates()) {
      for (int i = 0; i < seeds; i++) {
        trials.add(
            new Trial(
                Stage.RATE,
                step,
                trials.size(),
                RandomStreams.seed(seed, step, i), // the same for all rates
                "rate " + rate,
                loss(step),
                Trial.Work.of(steps, Split.REWARD).withLearningRate(rate)));
      }
    }
    return trials;
  }

  private String loss(int step) {
    return step == FROM_SCRATCH ? task.baseline() : judge;
  }

  /** The rate with the best mean, the smaller one of equals. */
  private Double best(List<TrialResult> results, int step, int seeds) {
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    List<String> means = new ArrayList<>();
    for (int i = 0; i < task.learningRates().size(); i++) {
      double mean =
          results.subList(i * seeds, (i + 1) * seeds).stream()
              .mapToDouble(result -> result.score(objective))
              .average()
              .orElseThrow();
      means.add(task.learningRates().get(i) + ": " + Display.percent(mean) + " %");
      if (mean > most) {
        most = mean;
        best = i;
      }
    }
    progress.message(
        String.format(
            Locale.ROOT,
            "learning rate %s (%s by %s: %s)",
            task.learningRates().get(best),
            objective.label(),
            Excerpt.of(loss(step)),
            String.join(", ", means)));
    return task.learningRates().get(best);
  }
}

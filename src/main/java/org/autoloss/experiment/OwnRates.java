package org.autoloss.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Display;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.report.Effort;
import org.autoloss.report.Race;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;

/**
 * Chooses the learning rate of each loss: the one of a grid by which it trains best, from the warm
 * start, measured on the reward split. All of these trainings have the same seed, and the same ones
 * serve all metrics that choose.
 *
 * @param grid the rates to try
 * @param seed of everything random
 * @param executor trains; where it is journalled, a run that goes on repeats nothing
 * @param progress hears how far it is
 */
record OwnRates(RateGrid grid, long seed, TrialExecutor executor, ProgressListener progress) {
  private static final int OWN = 2; // the sweeps of RateSweep are 0 and 1

  /**
   * What became of a loss.
   *
   * @param choices by the label of the metric that chose: the best rate, the smaller one of equals
   * @param effort of the trainings that tried its rates
   */
  record Chosen(Map<String, Race.Choice> choices, Effort effort) {}

  /**
   * Chooses for each loss, a specification or an artefact by its name.
   *
   * @param metrics the columns
   */
  Map<String, Chosen> choose(Map<String, String> losses, List<? extends Metric> metrics) {
    List<ObjectiveMetric> choosers = metrics.stream().map(grid::chooser).distinct().toList();
    List<String> distinct = losses.values().stream().distinct().toList();
    List<Trial> trials = new ArrayList<>();
    distinct.forEach(loss -> trials.addAll(trials(loss)));
    progress.started("learning rates", trials.size());
    List<TrialResult> results = executor.evaluate(trials, (trial, done) -> progress.advanced());
    Map<String, Chosen> chosen = new LinkedHashMap<>();
    losses.forEach(
        (name, loss) -> {
          int first = distinct.indexOf(loss) * grid.rates().size();
          List<TrialResult> own = results.subList(first, first + grid.rates().size());
          Map<String, Race.Choice> choices = new LinkedHashMap<>();
          for (ObjectiveMetric chooser : choosers) {
            choices.put(chooser.label(), choice(chooser, own));
          }
          double seconds = own.stream().mapToDouble(TrialResult::seconds).sum();
          chosen.put(name, new Chosen(choices, new Effort(own.size(), seconds)));
          tell(name, choices);
        });
    return chosen;
  }

  private List<Trial> trials(String loss) {
    List<Trial> trials = new ArrayList<>();
    for (Double rate : grid.rates()) {
      trials.add(
          new Trial(
              Stage.RATE,
              OWN,
              RateGrid.place(rate),
              RandomStreams.seed(seed, OWN),
              "rate " + rate,
              loss,
              Trial.Work.of(grid.steps(), Split.REWARD).withLearningRate(rate)));
    }
    return trials;
  }

  private Race.Choice choice(ObjectiveMetric metric, List<TrialResult> results) {
    List<Double> scores = results.stream().map(result -> result.score(metric)).toList();
    int best = 0;
    for (int i = 1; i < scores.size(); i++) {
      best = scores.get(i) > scores.get(best) ? i : best;
    }
    return new Race.Choice(grid.rates().get(best), scores);
  }

  /** All scores where one metric has chosen. */
  private void tell(String name, Map<String, Race.Choice> choices) {
    String told = Display.shortened(name) + ": learning rate " + Race.describe(choices);
    if (choices.size() > 1) {
      progress.message(told);
      return;
    }
    List<Double> all = choices.values().iterator().next().scores();
    List<String> scores = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      scores.add(grid.rates().get(i) + ": " + Display.percent(all.get(i)) + " %");
    }
    String metric = choices.keySet().iterator().next();
    progress.message(told + " (" + metric + ": " + String.join(", ", scores) + ")");
  }
}

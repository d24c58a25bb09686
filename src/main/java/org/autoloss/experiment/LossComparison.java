package org.autoloss.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.Metric;
import org.autoloss.report.ComparisonTable;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.storage.Stage;

/**
 * Trains by each of several losses with the same seeds, and evaluates: paired, since a seed fixes
 * the first weights and the batches.
 *
 * @param stage the trainings' stage
 * @param work of each training of a loss, by its name
 * @param metrics the columns
 * @param executor trains
 * @param progress is told of progress
 */
record LossComparison(
    Stage stage,
    Function<String, Trial.Work> work,
    List<? extends Metric> metrics,
    TrialExecutor executor,
    ProgressListener progress) {
  /**
   * What came out.
   *
   * @param table the losses against the metrics; a training that met NaN or infinity counts with 0
   * @param seconds of each loss's trainings together, by its name
   */
  record Result(ComparisonTable table, Map<String, Double> seconds) {}

  /**
   * Runs the trainings.
   *
   * @param losses specifications or artefacts by name
   * @param seed the comparison's seed
   * @param seeds how many trainings each loss gets
   * @return the table, and what it took
   */
  Result run(Map<String, String> losses, long seed, int seeds) {
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      int index = i;
      long own = RandomStreams.seed(seed, index);
      losses.forEach(
          (name, loss) ->
              trials.add(new Trial(stage, 0, index, own, name, loss, work.apply(name))));
    }
    progress.started(stage.label(), trials.size());
    List<TrialResult> results = executor.evaluate(trials, (trial, result) -> progress.advanced());
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    losses.keySet().forEach(name -> rows.put(name, new ArrayList<>()));
    Map<String, Double> seconds = new LinkedHashMap<>();
    for (int i = 0; i < trials.size(); i++) {
      rows.get(trials.get(i).name()).add(results.get(i).metrics());
      seconds.merge(trials.get(i).name(), results.get(i).seconds(), Double::sum);
    }
    return new Result(ComparisonTable.of(rows, metrics), seconds);
  }
}

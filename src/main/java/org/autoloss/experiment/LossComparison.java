package org.autoloss.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param executor trains
 * @param progress is told of progress
 */
record LossComparison(Stage stage, TrialExecutor executor, ProgressListener progress) {
  /**
   * A loss that is trained.
   *
   * @param name of its row
   * @param loss a specification or an artefact
   * @param step its place in the journal, where the same loss may have others
   * @param work of each training
   */
  record Contender(String name, String loss, int step, Trial.Work work) {}

  /**
   * What became of a contender.
   *
   * @param seeds all that was measured, of each seed; nothing of a training that met NaN
   * @param seconds of its trainings together
   */
  record Trained(List<Map<String, Double>> seeds, double seconds) {}

  /**
   * Trains all losses alike.
   *
   * @param losses specifications or artefacts by name
   * @param work of each training
   * @param metrics the columns
   * @param seed the comparison's seed
   * @param seeds how many trainings each loss gets
   * @return the losses against the metrics; a training that met NaN or infinity counts with 0
   */
  ComparisonTable run(
      Map<String, String> losses,
      Trial.Work work,
      List<? extends Metric> metrics,
      long seed,
      int seeds) {
    List<Contender> contenders = new ArrayList<>();
    losses.forEach((name, loss) -> contenders.add(new Contender(name, loss, 0, work)));
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    train(contenders, seed, seeds)
        .forEach((contender, trained) -> rows.put(contender.name(), trained.seeds()));
    return ComparisonTable.of(rows, metrics);
  }

  /**
   * Trains each contender in its own way.
   *
   * @param contenders no two alike
   * @param seed the comparison's seed
   * @param seeds how many trainings each contender gets
   * @return what became of each, in their order
   */
  Map<Contender, Trained> train(List<Contender> contenders, long seed, int seeds) {
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      long own = RandomStreams.seed(seed, i);
      for (Contender each : contenders) {
        trials.add(new Trial(stage, each.step(), i, own, each.name(), each.loss(), each.work()));
      }
    }
    progress.started(stage.label(), trials.size());
    List<TrialResult> results = executor.evaluate(trials, (trial, result) -> progress.advanced());
    Map<Contender, Trained> trained = new LinkedHashMap<>();
    for (int k = 0; k < contenders.size(); k++) {
      List<Map<String, Double>> measured = new ArrayList<>();
      double seconds = 0;
      for (int i = 0; i < seeds; i++) {
        TrialResult result = results.get(i * contenders.size() + k);
        measured.add(result.metrics());
        seconds += result.seconds();
      }
      trained.put(contenders.get(k), new Trained(measured, seconds));
    }
    return trained;
  }
}

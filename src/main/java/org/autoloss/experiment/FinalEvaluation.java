package org.autoloss.experiment;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.report.ComparisonTable;
import org.autoloss.report.Standing;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.Task;

/**
 * How every search ends: longer trainings of the best candidates, scored on the reward split, and
 * then of the winner, evaluated on the test split, which nothing before has seen. The baseline is
 * beside them both times.
 *
 * @param task the ground
 * @param plan of the search
 * @param rate in place of the task's learning rate; null for that
 * @param executor trains
 * @param log where results go
 * @param progress is told of progress
 */
record FinalEvaluation(
    Task task,
    SearchPlan plan,
    Double rate,
    TrialExecutor executor,
    RunLog log,
    ProgressListener progress) {
  /** Scores candidates, specifications or artefacts by name, on the reward split. */
  ComparisonTable confirm(Map<String, String> candidates, long seed) throws IOException {
    ComparisonTable table =
        comparison(Stage.CONFIRMATION, Split.REWARD)
            .run(besideBaseline(candidates), seed, plan.confirmSeeds())
            .table();
    if (candidates.keySet().stream().noneMatch(table::hasTrained)) {
      throw diverged(log, "confirming trainings");
    }
    return table;
  }

  /** Ends a run where there is nothing to find; what is returned says so. */
  static IllegalStateException diverged(RunLog log, String trainings) throws IOException {
    log.diverged();
    return new IllegalStateException(
        "search: expected a loss that trains, got none: in all "
            + trainings
            + " the loss became NaN or infinite; lower --learning-rate, or search longer");
  }

  /**
   * Evaluates the loss that was found on the test split, and leaves {@code table.md} and {@code
   * table.json}.
   *
   * @param references rows between the baseline and the loss that was found
   * @param found its artefact
   */
  Standing test(Map<String, String> references, String found, long seed) throws IOException {
    Map<String, String> losses = besideBaseline(references);
    losses.put(Standing.FOUND, found);
    ComparisonTable table =
        comparison(Stage.TEST, Split.TEST).run(losses, seed, plan.testSeeds()).table();
    Standing standing = new Standing(plan.objective(), table);
    log.write("table.md", standing.toMarkdown());
    log.write("table.json", table.toJson());
    return standing;
  }

  private LossComparison comparison(Stage stage, Split split) {
    Trial.Work work = Trial.Work.of(plan.finalSteps(), split).withLearningRate(rate);
    return new LossComparison(stage, name -> work, task.metrics(), executor, progress);
  }

  private Map<String, String> besideBaseline(Map<String, String> others) {
    Map<String, String> losses = new LinkedHashMap<>();
    losses.put(Standing.baseline(task.baseline()), task.baseline());
    losses.putAll(others);
    return losses;
  }
}

package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.report.ComparisonTable;
import org.autoloss.report.Gap;
import org.autoloss.report.Standing;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.Task;

/**
 * How every search ends: longer trainings of the best candidates, measured on the split that
 * confirms, and then of the winner, evaluated on the test split, which nothing before has seen. The
 * baselines are beside them both times, by the same trainings.
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
  /** The losses that people use, specifications or artefacts by the names of their rows. */
  Map<String, String> baselines() {
    Map<String, String> baselines = new LinkedHashMap<>();
    baselines.put(Standing.baseline(task.baseline()), task.baseline());
    baselines.putAll(plan.confirmation().baselines());
    return baselines;
  }

  /** Measures candidates, specifications or artefacts by name, on the split that confirms. */
  ComparisonTable confirm(Map<String, String> candidates, long seed) throws IOException {
    ComparisonTable table = measured(candidates, seed);
    if (candidates.keySet().stream().noneMatch(table::hasTrained)) {
      throw diverged(log, "confirming trainings");
    }
    return table;
  }

  /** The same, where nothing need have trained. */
  ComparisonTable measured(Map<String, String> candidates, long seed) {
    Confirmation confirmation = plan.confirmation();
    Split beside = confirmation.isUnseen() ? Split.REWARD : null;
    Trial.Work work = work(confirmation.split()).withBeside(beside);
    return compare(
        Stage.CONFIRMATION, besideBaselines(candidates), work, seed, plan.confirmSeeds());
  }

  /** Ends a run where there is nothing to find; what is returned says so. */
  static IllegalStateException diverged(RunLog log, String trainings) throws IOException {
    log.diverged();
    return new IllegalStateException(
        "search: expected a loss that trains, got none: in all "
            + trainings
            + " the loss became NaN or infinite, or the process died; lower --learning-rate, or search"
            + " longer");
  }

  /**
   * Evaluates the best candidate on the test split.
   *
   * @param references rows between the baselines and the loss that was found
   * @param found its artefact
   */
  Standing test(Map<String, String> references, String found, long seed) {
    Map<String, String> losses = besideBaselines(references);
    losses.put(Standing.FOUND, found);
    ComparisonTable table = compare(Stage.TEST, losses, work(Split.TEST), seed, plan.testSeeds());
    return new Standing(plan.objective(), table);
  }

  /** How far the scores carry; empty if the reward split has confirmed its own choice. */
  Optional<Gap> gap(ComparisonTable confirmed, Verdict verdict, Standing standing) {
    if (!plan.confirmation().isUnseen()) {
      return Optional.empty();
    }
    Map<String, Gap.Row> rows = new LinkedHashMap<>();
    baselines()
        .keySet()
        .forEach(name -> rows.put(name, row(name, confirmed, name, standing.table())));
    rows.put(Standing.FOUND, row(verdict.candidate(), confirmed, Standing.FOUND, standing.table()));
    return Optional.of(new Gap(plan.objective().label(), rows));
  }

  private Gap.Row row(
      String before, ComparisonTable confirmed, String after, ComparisonTable tested) {
    return new Gap.Row(
        confirmed.meanOn(Split.REWARD.label(), before, plan.objective()),
        confirmed.mean(before, plan.objective()),
        tested.mean(after, plan.objective()));
  }

  /**
   * Leaves {@code table.md}, {@code table.json} and {@code confirmation.json}.
   *
   * @param confirmed all candidates
   */
  void write(Standing standing, Optional<Gap> gap, ComparisonTable confirmed, Verdict verdict)
      throws IOException {
    String gaps = gap.map(each -> "\n" + each.toMarkdown()).orElse("");
    log.write("table.md", standing.toMarkdown() + gaps);
    log.write("table.json", standing.table().toJson());
    ObjectNode json =
        Json.MAPPER
            .createObjectNode()
            .put("split", plan.confirmation().split().label())
            .put("candidate", verdict.candidate())
            .put("baseline", verdict.baseline())
            .put("gain", verdict.isGain());
    gap.ifPresent(each -> json.set("gap", each.toJson()));
    json.set("table", confirmed.toJson());
    log.write("confirmation.json", json);
  }

  private Trial.Work work(Split split) {
    return Trial.Work.of(plan.finalSteps(), split).withLearningRate(rate);
  }

  private ComparisonTable compare(
      Stage stage, Map<String, String> losses, Trial.Work work, long seed, int seeds) {
    return new LossComparison(stage, executor, progress)
        .run(losses, work, task.metrics(), seed, seeds);
  }

  private Map<String, String> besideBaselines(Map<String, String> others) {
    Map<String, String> losses = baselines();
    losses.putAll(others);
    return losses;
  }
}

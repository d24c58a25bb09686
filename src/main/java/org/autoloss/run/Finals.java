package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.metric.Goal;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Workers;
import org.autoloss.train.FineTuning;

/**
 * How every search ends: longer trainings of the best candidates, scored on the reward split, and
 * then of the winner, evaluated on the test split, which nothing before has seen. Cross entropy is
 * beside them both times.
 *
 * @param task data and network
 * @param trainings from the warm start
 * @param log where results go
 * @param progress hears how far it is
 * @param workers who trains
 */
record Finals(
    SegmentationTask task,
    FineTuning trainings,
    RunLog log,
    ProgressListener progress,
    Workers workers) {
  private static final String BASELINE_LOSS = "ce";

  /** Scores candidates, specifications or artefacts by name, on the reward split. */
  ComparisonTable confirm(Map<String, String> candidates, long seed, int seeds) {
    ComparisonTable table =
        new LossComparison(trainings, task.rewardEvaluator(), log, progress)
            .run(Stage.CONFIRMATION, besideBaseline(candidates), seed, seeds, workers);
    boolean trained =
        candidates.keySet().stream()
            .anyMatch(name -> table.rows().get(name).stream().anyMatch(seen -> !seen.isEmpty()));
    if (!trained) {
      throw diverged("confirming trainings");
    }
    return table;
  }

  /** What is said where there is nothing to find. */
  static IllegalStateException diverged(String trainings) {
    return new IllegalStateException(
        "search: expected a loss that trains, got none: in all "
            + trainings
            + " the loss became NaN or infinite; lower --learning-rate, or search longer");
  }

  /**
   * Evaluates the loss that was found on the test split, and leaves {@code table.md}, {@code
   * table.json} and pictures.
   *
   * @param references rows between cross entropy and the loss that was found
   * @param found its artefact
   * @param goal what it was searched for
   */
  Standing test(Map<String, String> references, String found, Goal goal, long seed, int seeds)
      throws IOException {
    Map<String, String> losses = besideBaseline(references);
    losses.put(AslExperiment.FOUND, withoutProvenance(found));
    ExamplePictures examples =
        ExamplePictures.of(task.testEvaluator().batches(), log.path(ExamplePictures.FOLDER));
    ComparisonTable table =
        new LossComparison(trainings, task.testEvaluator(), log, progress, examples)
            .run(Stage.TEST, losses, seed, seeds, workers);
    Standing standing = new Standing(goal, table);
    log.write("table.md", standing.toMarkdown());
    log.write("table.json", table.toJson());
    return standing;
  }

  private static Map<String, String> besideBaseline(Map<String, String> others) {
    Map<String, String> losses = new LinkedHashMap<>();
    losses.put(AslExperiment.BASELINE, BASELINE_LOSS);
    losses.putAll(others);
    return losses;
  }

  /** The loss alone: what the journal knows it by. */
  private static String withoutProvenance(String found) throws IOException {
    ObjectNode artefact = Json.MAPPER.readValue(found, ObjectNode.class);
    artefact.remove("provenance");
    return artefact.toString();
  }
}

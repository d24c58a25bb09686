package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.report.Gap;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.Trial;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.task.Division;
import org.autoloss.task.FoldScore;
import org.autoloss.task.ListTask;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search that is confirmed on what its scores have not seen, with the answer that follows. */
class ConfirmationTest {
  private static final Task TASK =
      new Division(0.5, 1, FoldScore.MEAN).apply(new ListTask(ToyTask.USUAL, 0.1, 0.2, 0.3, 0.4));

  @TempDir private Path folder;
  private final ScriptedTrainings trainings = new ScriptedTrainings("mAcc");

  private static SearchPlan plan() {
    return new SearchPlan(
        ObjectiveMetric.of(SegmentationMetric.MACC),
        new RandomSearch(1, 4),
        1,
        2,
        3,
        2,
        2,
        2,
        5,
        Map.of(),
        new Confirmation(Split.CONFIRM, Map.of("dice", "dice")));
  }

  private LossSearch.Result search(ToDoubleFunction<Trial> script) throws IOException {
    SearchPlan plan = plan();
    try (RunFolder log =
        RunFolder.open(folder.resolve("run"), "random", LossSearch.configuration(TASK, plan))) {
      return new LossSearch(TASK, plan, log, ProgressListener.NONE).run(trainings.by(script));
    }
  }

  /** Baselines by their specifications, all else by one value. */
  private static ToDoubleFunction<Trial> script(double ce, double dice, double candidates) {
    return trial ->
        switch (trial.loss()) {
          case "ce" -> ce;
          case "dice" -> dice;
          default -> candidates;
        };
  }

  private JsonNode file(String name) {
    return Json.read(folder.resolve("run").resolve(name), "a document (JSON)");
  }

  @Test
  void search_candidateBelowABaseline_leavesTheBaselineAndSaysSo() throws IOException {
    LossSearch.Result result = search(script(0.3, 0.5, 0.4));
    assertThat(result.verdict().isGain()).isFalse();
    assertThat(result.verdict().sentence())
        .isEqualTo(
            "The search gains nothing: on the confirmation split its best candidate has 40.00 %"
                + " mAcc, dice 50.00 %; dice is the answer.");
    assertThat(file("found.json").path("kind").asText()).isEqualTo("dice");
    assertThat(file("found.json").at("/provenance/answer").asText()).isEqualTo("dice");
    assertThat(file("candidate.json").path("kind").asText()).isEqualTo("asl");
    assertThat(file("confirmation.json").path("gain").asBoolean()).isFalse();
    assertThat(result.standing().table().rows().keySet())
        .containsExactly("cross entropy", "dice", "searched");
  }

  @Test
  void search_candidateAboveAll_isTheAnswer() throws IOException {
    LossSearch.Result result = search(script(0.3, 0.35, 0.4));
    assertThat(result.verdict().sentence())
        .isEqualTo(
            "The search gains +5.00 ± 0.00 points over dice on the confirmation split: 40.00 % against"
                + " 35.00 % mAcc.");
    assertThat(file("found.json")).isEqualTo(file("candidate.json"));
    assertThat(file("found.json").at("/provenance/confirmation").asDouble()).isEqualTo(0.4);
    assertThat(file("found.json").has("autoloss")).isTrue();
  }

  @Test
  void search_candidateAboveByLessThanTheError_isNoGain() throws IOException {
    LossSearch.Result result =
        search(
            trial ->
                switch (trial.loss()) {
                  case "ce" -> 0.44;
                  case "dice" -> 0.1;
                  default -> trial.sample() == 0 ? 0.5 : 0.4;
                });
    assertThat(result.verdict().error()).isCloseTo(0.05, within(1e-12));
    assertThat(result.verdict().sentence())
        .isEqualTo(
            "The search gains nothing that is sure: on the confirmation split its best candidate is"
                + " +1.00 ± 5.00 points of mAcc above cross entropy; cross entropy is the answer.");
    assertThat(file("found.json").path("kind").asText()).isEqualTo("ce");
  }

  @Test
  void search_equals_isNoGain() throws IOException {
    assertThat(search(script(0.4, 0.1, 0.4)).verdict().isGain()).isFalse();
  }

  @Test
  void search_confirmation_measuresTheUnseenSplitAndTheRewardBeside() throws IOException {
    LossSearch.Result result = search(script(0.3, 0.5, 0.4));
    List<Trial> confirming =
        trainings.asked().stream().filter(t -> t.stage() == Stage.CONFIRMATION).toList();
    assertThat(confirming).hasSize((2 + 2) * 2);
    assertThat(confirming).allMatch(trial -> trial.work().measured() == Split.CONFIRM);
    assertThat(confirming).allMatch(trial -> trial.work().beside() == Split.REWARD);
    assertThat(trainings.asked())
        .filteredOn(trial -> trial.stage() == Stage.PROXY)
        .hasSize(4)
        .allMatch(trial -> trial.work().measured() == Split.REWARD);
    Gap.Row searched = result.gap().orElseThrow().rows().get("searched");
    assertThat(searched).isEqualTo(new Gap.Row(0.4 + ScriptedTrainings.BESIDE, 0.4, 0.4));
    assertThat(folder.resolve("run/table.md"))
        .content()
        .contains("| mAcc | reward | confirmation | test | test - reward |")
        .contains("| searched | 50.00 | 40.00 | 40.00 | -10.00 |");
  }

  @Test
  void search_runAgain_asksForNothingAndSaysTheSame() throws IOException {
    LossSearch.Result first = search(script(0.3, 0.5, 0.4));
    trainings.asked().clear();
    LossSearch.Result again = search(trial -> 0);
    assertThat(trainings.asked()).isEmpty();
    assertThat(again.gap()).isEqualTo(first.gap());
    assertThat(again.found()).isEqualTo(first.found());
  }

  @Test
  void plan_writtenAndRead_isTheSame() {
    assertThat(SearchPlan.of(plan().toJson(), TASK.metrics())).isEqualTo(plan());
  }
}

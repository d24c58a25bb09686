package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.report.Effort;
import org.autoloss.report.Race;
import org.autoloss.report.TableReport;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The race of losses, each by its own learning rate, on a task that is no data set of images. */
class LossTableTest {
  private static final RateGrid GRID =
      new RateGrid(List.of(0.4, 0.1, 0.2), ObjectiveMetric.of(SegmentationMetric.MACC), 5);

  /** On the reward split, ce is best at 0.1 and dice at 0.2; focal diverges from there on. */
  private static final ToDoubleFunction<Trial> SCRIPT =
      trial ->
          switch (trial.loss() + "@" + trial.work().learningRate()) {
            case "ce@0.1", "dice@0.2" -> 0.9;
            case "focal@0.2", "focal@0.4" -> Double.NaN;
            default -> 0.3;
          };

  @TempDir private Path folder;
  private final ScriptedTrainings trainings = new ScriptedTrainings("mAcc");

  private TableReport table(RateGrid grid, String... losses) throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String loss : losses) {
      rows.put(loss, loss);
    }
    TablePlan plan = new TablePlan(rows, Map.of("dice", new Effort(12, 340)), grid, 1, 7, 2, 0);
    return new LossTable(ToyTask.USUAL, plan, ProgressListener.NONE)
        .run(folder.resolve("run"), trainings.by(SCRIPT));
  }

  @Test
  void race_lossesOfDifferentBestRates_trainsEachByItsOwn() throws IOException {
    TableReport report = table(GRID, "ce", "dice", "focal");
    List<Trial> rates = trainings.asked().subList(0, 9);
    assertThat(rates)
        .allMatch(trial -> trial.stage() == Stage.RATE)
        .allMatch(trial -> trial.work().steps() == 5)
        .allMatch(trial -> trial.work().measured() == Split.REWARD)
        .allMatch(trial -> trial.seed() == rates.get(0).seed());
    List<Trial> finals = trainings.asked().subList(9, trainings.asked().size());
    assertThat(finals).hasSize(6).allMatch(trial -> trial.work().measured() == Split.TEST);
    assertThat(finals)
        .extracting(trial -> trial.loss() + "@" + trial.work().learningRate())
        .containsExactly("ce@0.1", "dice@0.2", "focal@0.1", "ce@0.1", "dice@0.2", "focal@0.1");
    Race.Row dice = report.race().rows().get("dice");
    assertThat(dice.choices())
        .isEqualTo(Map.of("mAcc", new Race.Choice(0.2, List.of(0.3, 0.9, 0.3))));
    assertThat(dice.table()).isEqualTo(new Effort(5, 5));
    assertThat(dice.search()).isEqualTo(new Effort(12, 340));
  }

  @Test
  void race_runAgainWithAnotherRow_triesOnlyItsRates() throws IOException {
    TableReport first = table(GRID, "ce", "dice");
    trainings.asked().clear();
    assertThat(table(GRID, "ce", "dice").toMarkdown()).isEqualTo(first.toMarkdown());
    assertThat(trainings.asked()).isEmpty();
    table(GRID, "focal", "ce");
    assertThat(trainings.asked()).hasSize(5).allMatch(trial -> trial.loss().equals("focal"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(RateGrid.NONE, "ce"))
        .withMessageContaining("expected the options of the run that is there");
  }

  @Test
  void race_moreRatesLater_triesOnlyThese() throws IOException {
    table(GRID, "ce", "dice");
    trainings.asked().clear();
    RateGrid more = new RateGrid(List.of(0.1, 0.2, 0.4, 0.8), GRID.metric(), 5);
    TableReport report = table(more, "ce", "dice");
    assertThat(trainings.asked()).hasSize(2).allMatch(trial -> trial.work().learningRate() == 0.8);
    assertThat(report.race().rows().get("dice").choices().get("mAcc").scores()).hasSize(4);
    trainings.asked().clear();
    table(new RateGrid(List.of(0.4, 0.8), GRID.metric(), 5), "dice"); // another one is best now
    assertThat(trainings.asked()).hasSize(2).allMatch(trial -> trial.work().learningRate() == 0.4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(new RateGrid(GRID.rates(), GRID.metric(), 6), "ce"))
        .withMessageContaining("expected the options of the run that is there");
  }

  @Test
  void table_withoutRates_trainsAllByTheTasks() throws IOException {
    TableReport report = table(RateGrid.NONE, "ce", "dice");
    assertThat(trainings.asked()).hasSize(4);
    assertThat(trainings.asked()).allMatch(trial -> trial.work().learningRate() == null);
    assertThat(report.race()).isEqualTo(Race.NONE);
  }

  @Test
  void grid_oneRateOrTheSameTwice_isRefused() {
    for (List<Double> rates : List.of(List.of(0.1), List.of(0.1, 0.2, 0.1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new RateGrid(rates, GRID.metric(), 5))
          .withMessageContaining("expected at least two different ones");
    }
  }

  @Test
  void grid_chooserAndPlaces_tellRatesApart() {
    RateGrid each = new RateGrid(List.of(0.1, 0.2), null, 3);
    assertThat(each.chooser(SegmentationMetric.MACC).label()).isEqualTo("mAcc");
    assertThat(RateGrid.place(0.1)).isNotEqualTo(RateGrid.place(0.2)).isPositive();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RateGrid(List.of(0.1, Math.nextUp(0.1)), null, 3))
        .withMessageContaining("expected at least two different ones");
  }
}

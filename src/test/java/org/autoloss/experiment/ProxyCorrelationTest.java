package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.task.Split;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxyCorrelationTest {
  @TempDir private Path folder;
  private final ScriptedTrainings trainings = new ScriptedTrainings("mAcc");

  @Test
  void of_ordersWithAndWithoutEquals_areTheTextbooksValues() {
    double[] up = {1, 2, 3, 4};
    assertThat(RankCorrelation.of(up, up)).isEqualTo(new RankCorrelation(1, 1));
    assertThat(RankCorrelation.of(up, new double[] {4, 3, 2, 1}))
        .isEqualTo(new RankCorrelation(-1, -1));
    // 5 of 6 pairs agree: tau 4/6; squared rank differences 2: rho 1 - 6 * 2 / (4 * 15).
    RankCorrelation one = RankCorrelation.of(up, new double[] {1, 2, 4, 3});
    assertThat(one.kendall()).isCloseTo(4.0 / 6, within(1e-12));
    assertThat(one.spearman()).isCloseTo(0.8, within(1e-12));
    // Two equals: tau-b 5 / sqrt(6 * 5); ranks 1, 2.5, 2.5, 4: rho 4.5 / sqrt(5 * 4.5).
    RankCorrelation equals = RankCorrelation.of(up, new double[] {1, 2, 2, 3});
    assertThat(equals.kendall()).isCloseTo(5 / Math.sqrt(30), within(1e-12));
    assertThat(equals.spearman()).isCloseTo(4.5 / Math.sqrt(22.5), within(1e-12));
    assertThat(RankCorrelation.of(up, new double[] {1, 1, 1, 1}).spearman()).isNaN();
  }

  private ProxyCorrelation.Result run(ToDoubleFunction<Trial> script) throws IOException {
    Map<String, String> losses = new LinkedHashMap<>();
    List.of("ce", "dice", "lovasz", "focal").forEach(loss -> losses.put(loss, loss));
    CorrelationPlan plan =
        new CorrelationPlan(
            ObjectiveMetric.of(SegmentationMetric.MACC), losses, List.of(8, 2, 4), 2, 1, 3);
    return new ProxyCorrelation(ToyTask.USUAL, plan, ProgressListener.NONE)
        .run(folder.resolve("run"), trainings.by(script));
  }

  /** The longer, the nearer to the order of the full length: ce, dice, lovasz, focal. */
  private static double score(Trial trial) {
    List<String> order =
        switch (trial.work().steps()) {
          case 2 -> List.of("focal", "lovasz", "dice", "ce");
          case 4 -> List.of("ce", "dice", "focal", "lovasz");
          default -> List.of("ce", "dice", "lovasz", "focal");
        };
    return 0.1 + 0.1 * order.indexOf(trial.loss()) + 0.01 * trial.sample();
  }

  @Test
  void run_lengths_areComparedWithTheLongest() throws IOException {
    ProxyCorrelation.Result result = run(ProxyCorrelationTest::score);
    assertThat(result.rows()).extracting(ProxyCorrelation.Row::steps).containsExactly(2, 4);
    assertThat(result.rows().get(0).correlation().spearman()).isCloseTo(-1, within(1e-12));
    assertThat(result.rows().get(1).correlation().spearman()).isCloseTo(0.8, within(1e-12));
    assertThat(result.rows().get(0).regret()).isCloseTo(0.3, within(1e-12)); // takes ce
    assertThat(result.rows().get(1).regret()).isCloseTo(0.1, within(1e-12)); // takes lovasz
    assertThat(result.rows().get(0).seconds()).isEqualTo(8); // of a second each
    assertThat(result.toMarkdown()).contains("| 4 | 0.800 | 0.667 | 10.00 | 8 |");
    assertThat(result.toJson().at("/scores/focal/8").asDouble()).isCloseTo(0.405, within(1e-12));
    assertThat(trainings.asked())
        .hasSize(3 * 2 * 4)
        .allMatch(trial -> trial.work().measured() == Split.REWARD);
    assertThat(trainings.asked().stream().map(Trial::seed).distinct()).hasSize(3 * 2);
  }

  @Test
  void run_again_trainsNothing() throws IOException {
    String first = run(ProxyCorrelationTest::score).toMarkdown();
    trainings.asked().clear();
    assertThat(run(trial -> 0).toMarkdown()).isEqualTo(first);
    assertThat(trainings.asked()).isEmpty();
  }

  @Test
  void plan_oneLengthOrLoss_isRefused() {
    ObjectiveMetric objective = ObjectiveMetric.of(SegmentationMetric.MACC);
    Map<String, String> two = Map.of("ce", "ce", "dice", "dice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CorrelationPlan(objective, two, List.of(4, 4), 1, 1, 0))
        .withMessageContaining("lengths: expected at least two different ones");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new CorrelationPlan(objective, Map.of("ce", "ce"), List.of(4, 8), 1, 1, 0))
        .withMessageContaining("losses: expected at least 2");
  }
}

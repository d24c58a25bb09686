package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.report.Effort;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.Test;

class RatedTrainingsTest {
  private static final List<SegmentationMetric> METRICS =
      List.of(SegmentationMetric.MIOU, SegmentationMetric.MACC);

  private final List<Trial> asked = new ArrayList<>();

  /** Measures the rate as mIoU, and what is left of 1 as mAcc. */
  private final TrialExecutor executor =
      new TrialExecutor() {
        @Override
        public CompletableFuture<TrialResult> submit(Trial trial) {
          asked.add(trial);
          double rate = trial.work().learningRate();
          Map<String, Double> metrics =
              Map.of("mIoU", rate, "mIoU/road", rate / 2, "mAcc", 1 - rate);
          return CompletableFuture.completedFuture(
              new TrialResult(TrialResult.Status.OK, metrics, 1));
        }

        @Override
        public int parallelism() {
          return 1;
        }

        @Override
        public void close() {}
      };

  private RatedTrainings.Result run(Map<String, Map<String, Double>> rates) {
    TablePlan plan = new TablePlan(Map.of("dice", "dice"), Map.of(), RateGrid.NONE, 0, 7, 2, 0);
    LossComparison comparison = new LossComparison(Stage.TRAINING, executor, ProgressListener.NONE);
    return new RatedTrainings(plan, METRICS, comparison).run(rates, 5);
  }

  @Test
  void run_aRateForEachColumn_takesEachColumnFromItsTrainings() {
    RatedTrainings.Result result = run(Map.of("dice", Map.of("mIoU", 0.5, "mAcc", 0.25)));
    assertThat(asked).hasSize(4);
    assertThat(asked.get(0).seed()).isEqualTo(asked.get(1).seed()); // paired over rates
    assertThat(asked.get(0).step()).isNotEqualTo(asked.get(1).step());
    assertThat(result.table().rows().get("dice"))
        .hasSize(2)
        .allSatisfy(
            seed ->
                assertThat(seed).isEqualTo(Map.of("mIoU", 0.5, "mIoU/road", 0.25, "mAcc", 0.75)));
    assertThat(result.efforts()).isEqualTo(Map.of("dice", new Effort(4, 4)));
  }

  @Test
  void run_oneRate_trainsOncePerSeed() {
    RatedTrainings.Result result = run(Map.of("dice", Map.of("mIoU", 0.5, "mAcc", 0.5)));
    assertThat(asked).hasSize(2);
    assertThat(result.table().mean("dice", "mAcc")).isEqualTo(0.5);
  }
}

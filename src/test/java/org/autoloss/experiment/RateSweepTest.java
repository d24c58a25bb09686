package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.task.Branch;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.ToyTask;
import org.autoloss.train.TrainingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateSweepTest {
  @TempDir private Path folder;
  private final ScriptedTrainings trainings = new ScriptedTrainings("mAcc");
  private final List<Trial> asked = trainings.asked();

  /** The toy with three rates to choose from. */
  private record Choosing(ToyTask inner) implements Task {
    @Override
    public List<Branch> branches() {
      return inner.branches();
    }

    @Override
    public List<SegmentationMetric> metrics() {
      return inner.metrics();
    }

    @Override
    public TaskModel begin(Split split, long seed) {
      return inner.begin(split, seed);
    }

    @Override
    public TaskModel resume(Checkpoint start, Split split, long seed) {
      return inner.resume(start, split, seed);
    }

    @Override
    public TrainingSettings training(int steps) {
      return inner.training(steps);
    }

    @Override
    public List<Double> learningRates() {
      return List.of(0.01, 0.1, 1.0);
    }

    @Override
    public ObjectNode toJson() {
      return inner.toJson();
    }
  }

  private static RateSweep sweep(Task task, RunFolder log) {
    return new RateSweep(
        task,
        task.baseline(),
        7,
        ObjectiveMetric.of(SegmentationMetric.MACC),
        3,
        log,
        ProgressListener.NONE);
  }

  private RunFolder log() throws IOException {
    return RunFolder.open(folder.resolve("run"), "table", Json.MAPPER.createObjectNode());
  }

  @Test
  void sweep_ratesThatDiverge_takesTheBestMeanAndAsksAgainForNothing() throws IOException {
    Task task = new Choosing(ToyTask.USUAL);
    // Of two seeds each: 0.3 and 0.5, 0.9 and 0.1, NaN.
    ToDoubleFunction<Trial> script =
        trial -> List.of(0.3, 0.5, 0.9, 0.1, Double.NaN, Double.NaN).get(trial.sample());
    Checkpoint warm;
    try (TaskModel model = task.begin(Split.WARM, 1)) {
      warm = model.checkpoint();
    }
    try (RunFolder log = log()) {
      assertThat(sweep(task, log).forTrainings(warm, trainings.by(script))).isEqualTo(0.1);
      assertThat(asked)
          .extracting(trial -> trial.work().learningRate())
          .containsExactly(0.01, 0.01, 0.1, 0.1, 1.0, 1.0);
      assertThat(asked).allMatch(trial -> trial.work().measured() == Split.REWARD);
      assertThat(asked).extracting(Trial::seed).containsExactly(seeds(0, 1, 0, 1, 0, 1));
      List<Entry> entries = log.entries(Stage.RATE);
      assertThat(entries).hasSize(6);
      asked.clear();
      assertThat(sweep(task, log).forTrainings(warm, trainings.by(t -> 0))).isEqualTo(0.1);
      assertThat(asked).isEmpty();
      assertThat(log.events())
          .extracting(event -> event.kind() + " " + event.detail())
          .containsExactly("learning rate {\"of all other trainings\":0.1}");
    }
  }

  @Test
  void rateShare_usualSearches_isBelowATenth() {
    long finals = SearchLength.finals(4, 3, 3);
    assertThat(finals).isEqualTo(6 * 3 + 3 * 3);
    // 18 trainings of 150 steps beside 400 + 96 * 150 + 27 * 400
    double asl = new SearchLength(400, 96, 150, finals, 400).rateShare(6);
    assertThat(asl).isCloseTo(2700 / (2700.0 + 25_600), within(1e-12));
    // 12 of them without a warm start
    double cold = new SearchLength(0, 96, 150, finals, 400).rateShare(6);
    assertThat(cold).isCloseTo(1800 / (1800.0 + 25_200), within(1e-12));
  }

  private Long[] seeds(int... indices) {
    Long[] seeds = new Long[indices.length];
    for (int i = 0; i < indices.length; i++) {
      seeds[i] = asked.get(indices[i]).seed();
    }
    return seeds;
  }

  @Test
  void sweep_equalScores_takesTheSmallerRate() throws IOException {
    try (RunFolder log = log()) {
      Double rate = sweep(new Choosing(ToyTask.USUAL), log).forWarmStart(5, trainings.by(t -> 0.4));
      assertThat(rate).isEqualTo(0.01);
      assertThat(asked).hasSize(3);
    }
  }

  @Test
  void sweep_taskWithARate_triesNothing() throws IOException {
    try (RunFolder log = log()) {
      assertThat(sweep(ToyTask.USUAL, log).forWarmStart(5, trainings.by(t -> 0.4))).isNull();
      assertThat(asked).isEmpty();
    }
  }

  @Test
  void settings_rateOfTheWork_winsOverTheTasks() {
    Trial.Work work = Trial.Work.of(5, Split.TEST);
    assertThat(work.settings(ToyTask.USUAL).learningRate()).isEqualTo(ToyTask.USUAL.rate());
    assertThat(work.withLearningRate(0.7).withEarlyStop(false).settings(ToyTask.USUAL))
        .isEqualTo(TrainingSettings.of(5, 0.7).withEarlyStop(false));
  }
}

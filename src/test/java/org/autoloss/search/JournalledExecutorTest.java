package org.autoloss.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.autoloss.internal.Json;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalledExecutorTest extends ExecutorContract {
  @TempDir private Path folder;
  private final Workers workers = Workers.of(2);
  private RunFolder log;

  @Override
  TrialExecutor executor(TrialRunner runner) throws IOException {
    return new JournalledExecutor(new LocalExecutor(runner, workers), log(), result -> 0.5);
  }

  private RunFolder log() throws IOException {
    if (log == null) {
      log = RunFolder.create(folder.resolve("run"), "asl", Json.MAPPER.createObjectNode());
    }
    return log;
  }

  @AfterEach
  void close() throws IOException {
    workers.close();
    if (log != null) {
      log.close();
    }
  }

  /** Trains nothing: what it is asked for is what the journal does not hold. */
  private record Empty(List<Trial> asked) implements TrialExecutor {
    @Override
    public CompletableFuture<TrialResult> submit(Trial trial) {
      asked.add(trial);
      return CompletableFuture.completedFuture(
          new TrialResult(TrialResult.Status.CRASHED, Map.of(), 2, "elsewhere"));
    }

    @Override
    public int parallelism() {
      return 1;
    }

    @Override
    public void close() {}
  }

  @Test
  void evaluate_trialsThatTheJournalHolds_areTakenFromIt() throws IOException {
    List<TrialResult> first = executor(runner(ToyTask.USUAL)).evaluate(trials(), (t, r) -> {});
    List<Trial> asked = new ArrayList<>();
    List<Trial> heard = new ArrayList<>();
    TrialExecutor again = new JournalledExecutor(new Empty(asked), log(), result -> 0.5);
    assertThat(again.evaluate(trials(), (trial, result) -> heard.add(trial))).isEqualTo(first);
    assertThat(asked).isEmpty();
    assertThat(heard).isEqualTo(trials());
    List<Trial> more = new ArrayList<>(trials());
    more.add(2, trial(1, 0, 7, "ce"));
    again.evaluate(more, (trial, result) -> {});
    assertThat(asked).containsExactly(more.get(2));
  }

  @Test
  void evaluate_trainingThatDiedElsewhere_isWrittenWithItsMachineAndTakenFromThere()
      throws IOException {
    List<Trial> asked = new ArrayList<>();
    TrialExecutor executor = new JournalledExecutor(new Empty(asked), log(), result -> 0);
    List<TrialResult> first = executor.evaluate(trials(), (trial, result) -> {});
    assertThat(log().find(Stage.PROXY, 0, 3).get(0).outcome())
        .isEqualTo(new Entry.Outcome("crashed", 0.0, Map.of(), 2.0, "elsewhere"));
    assertThat(executor.evaluate(trials(), (trial, result) -> {})).isEqualTo(first);
    assertThat(asked).isEqualTo(trials());
  }

  @Test
  void evaluate_proxy_isWrittenWithItsScore() throws IOException {
    executor(runner(ToyTask.USUAL)).evaluate(trials(), (trial, result) -> {});
    Entry entry = log().find(Stage.PROXY, 0, 3).get(0);
    assertThat(entry.content()).isEqualTo("4*ce");
    assertThat(entry.outcome().score()).isEqualTo(0.5);
    assertThat(entry.outcome().metrics()).containsOnlyKeys("mAcc");
  }

  @Test
  void evaluate_otherCandidateAtTheSamePlace_isRefused() throws IOException {
    TrialExecutor executor = executor(runner(ToyTask.USUAL));
    executor.evaluate(List.of(trial(0, 0, 7, "ce")), (trial, result) -> {});
    assertThatThrownBy(
            () -> executor.evaluate(List.of(trial(0, 0, 7, "dice")), (trial, result) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected ce at step 0 sample 0")
        .hasMessageContaining("got dice");
  }

  @Test
  void evaluate_severalLossesAtOnePlaceOfAComparison_areKeptApart() throws IOException {
    TrialExecutor executor = executor(runner(ToyTask.USUAL));
    List<Trial> rows =
        List.of(
            new Trial(Stage.TEST, 0, 0, 7, "a", "ce", Trial.Work.of(2, Split.TEST)),
            new Trial(Stage.TEST, 0, 0, 7, "b", "dice", Trial.Work.of(2, Split.TEST)));
    List<TrialResult> results = executor.evaluate(rows, (trial, result) -> {});
    assertThat(results.get(0).metrics()).isNotEqualTo(results.get(1).metrics());
    assertThat(executor.evaluate(rows, (trial, result) -> {})).isEqualTo(results);
    assertThat(log().find(Stage.TEST, 0, 0)).hasSize(2);
  }
}

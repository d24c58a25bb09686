package org.autoloss.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Checkpoint;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.TaskModel;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.Test;

/** What every executor keeps. */
abstract class ExecutorContract {
  /** An executor of trainings on the toy task. */
  abstract TrialExecutor executor(TrialRunner runner) throws Exception;

  static TrialRunner runner(ToyTask task) {
    try (TaskModel model = task.begin(Split.WARM, 1)) {
      Checkpoint warm = model.checkpoint();
      return new TrialRunner(task, warm, TrialRunner.Listener.NONE);
    }
  }

  static Trial trial(int step, int sample, long seed, String loss) {
    String name = "step " + step + " sample " + sample;
    return new Trial(Stage.PROXY, step, sample, seed, name, loss, Trial.Work.of(3, Split.REWARD));
  }

  static List<Trial> trials() {
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      trials.add(trial(0, i, 7, i + 1 + "*ce"));
    }
    return trials;
  }

  @Test
  void evaluate_severalTrials_givesResultsInTheirOrder() throws Exception {
    TrialRunner runner = runner(ToyTask.USUAL);
    try (TrialExecutor executor = executor(runner)) {
      List<TrialResult> results = executor.evaluate(trials(), (trial, result) -> {});
      assertThat(results).hasSize(5).allMatch(TrialResult::ok);
      for (int i = 0; i < 5; i++) {
        assertThat(results.get(i).metrics()).isEqualTo(runner.run(trials().get(i)).metrics());
      }
      assertThat(results.stream().map(TrialResult::metrics).distinct()).hasSize(5);
    }
  }

  @Test
  void evaluate_done_hearsEachTrialOnceWithItsResult() throws Exception {
    List<Trial> heard = new ArrayList<>(); // not synchronised: calls must not overlap
    List<TrialResult> told = new ArrayList<>();
    try (TrialExecutor executor = executor(runner(ToyTask.USUAL))) {
      List<TrialResult> results =
          executor.evaluate(
              trials(),
              (trial, result) -> {
                heard.add(trial);
                told.add(result);
              });
      assertThat(heard).containsExactlyInAnyOrderElementsOf(trials());
      assertThat(told).containsExactlyInAnyOrderElementsOf(results);
    }
  }

  @Test
  void evaluate_lossThatDiverges_isAResult() throws Exception {
    try (TrialExecutor executor = executor(runner(new ToyTask(1e30, "digest")))) {
      List<TrialResult> results =
          executor.evaluate(List.of(trial(0, 0, 1, "ce")), (trial, result) -> {});
      assertThat(results.get(0).status()).isEqualTo(TrialResult.Status.NOT_FINITE);
      assertThat(results.get(0).metrics()).isEmpty();
    }
  }

  @Test
  void evaluate_lossThatIsNone_passesTheSentenceOn() throws Exception {
    try (TrialExecutor executor = executor(runner(ToyTask.USUAL))) {
      assertThatThrownBy(
              () -> executor.evaluate(List.of(trial(0, 0, 1, "nothing")), (trial, result) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got 'nothing'");
    }
  }

  @Test
  void evaluate_noTrials_isEmpty() throws Exception {
    try (TrialExecutor executor = executor(runner(ToyTask.USUAL))) {
      assertThat(executor.evaluate(List.of(), (trial, result) -> {})).isEmpty();
      assertThat(executor.parallelism()).isPositive();
    }
  }
}

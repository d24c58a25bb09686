package org.autoloss.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalExecutorTest extends ExecutorContract {
  private final Workers workers = Workers.of(3);

  @Override
  TrialExecutor executor(TrialRunner runner) {
    return new LocalExecutor(runner, workers);
  }

  @AfterEach
  void close() {
    workers.close();
  }

  @Test
  void evaluate_anyNumberOfWorkers_givesTheSame() {
    List<Map<String, Double>> three = measured(workers);
    try (Workers one = Workers.of(1)) {
      assertThat(measured(one)).isEqualTo(three);
    }
  }

  private static List<Map<String, Double>> measured(Workers workers) {
    try (TrialExecutor executor = new LocalExecutor(runner(ToyTask.USUAL), workers)) {
      return executor.evaluate(trials(), (trial, result) -> {}).stream()
          .map(TrialResult::metrics)
          .toList();
    }
  }
}

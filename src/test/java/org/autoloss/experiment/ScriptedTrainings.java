package org.autoloss.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;

/**
 * Answers by a formula instead of trainings, a second each, and keeps what was asked.
 *
 * @param metric the one that is measured
 * @param asked all trials, in order
 */
record ScriptedTrainings(String metric, List<Trial> asked) {
  /** By how much a network is better on a split that is measured beside the one that counts. */
  static final double BESIDE = 0.1;

  ScriptedTrainings(String metric) {
    this(metric, new ArrayList<>());
  }

  /** Executors whose trainings end with that value; NaN stands for a loss that is not finite. */
  LossSearch.Executors by(ToDoubleFunction<Trial> value) {
    return runner ->
        new TrialExecutor() {
          @Override
          public CompletableFuture<TrialResult> submit(Trial trial) {
            asked.add(trial);
            return CompletableFuture.completedFuture(result(trial, value.applyAsDouble(trial)));
          }

          private TrialResult result(Trial trial, double score) {
            if (Double.isNaN(score)) {
              return new TrialResult(TrialResult.Status.NOT_FINITE, Map.of(), 1);
            }
            Map<String, Double> metrics = new LinkedHashMap<>(Map.of(metric, score));
            if (trial.work().beside() != null) {
              String name = TrialResult.onSplit(metric, trial.work().beside().label());
              metrics.put(name, score + BESIDE);
            }
            return new TrialResult(TrialResult.Status.OK, metrics, 1);
          }

          @Override
          public int parallelism() {
            return 1;
          }

          @Override
          public void close() {}
        };
  }
}

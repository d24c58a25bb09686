package org.autoloss.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
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
  ScriptedTrainings(String metric) {
    this(metric, new ArrayList<>());
  }

  /** Executors whose trainings end with that value; NaN stands for a loss that is not finite. */
  LossSearch.Executors by(ToDoubleFunction<Trial> value) {
    return runner ->
        new TrialExecutor() {
          @Override
          public List<TrialResult> evaluate(
              List<Trial> trials, BiConsumer<Trial, TrialResult> done) {
            return trials.stream().map(trial -> result(trial, done)).toList();
          }

          private TrialResult result(Trial trial, BiConsumer<Trial, TrialResult> done) {
            asked.add(trial);
            TrialResult result = result(value.applyAsDouble(trial));
            done.accept(trial, result);
            return result;
          }

          private TrialResult result(double score) {
            return Double.isNaN(score)
                ? new TrialResult(TrialResult.Status.NOT_FINITE, Map.of(), 1)
                : new TrialResult(TrialResult.Status.OK, Map.of(metric, score), 1);
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

package org.autoloss.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.autoloss.loss.Loss;
import org.autoloss.metric.Goal;
import org.autoloss.metric.MetricResult;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.Trial;
import org.autoloss.train.FineTuning;
import org.autoloss.train.SegmentationEvaluator;
import org.autoloss.train.StepListener;
import org.autoloss.train.UndefinedLogitsException;

/**
 * Scores a candidate by a proxy training: its loss trains the network for a while, and the goal on
 * the reward split is the score. A loss that becomes NaN or infinite scores 0, and so does one
 * whose network gives NaN for logits. All metrics that are defined are kept as {@link
 * Evaluation#measures}, by their labels.
 *
 * @param <C> the candidates' type
 * @param toLoss makes the loss of a candidate
 * @param proxies the trainings
 * @param evaluator of the reward split
 * @param goal what counts
 */
public record ProxyObjective<C>(
    Function<C, Loss> toLoss, FineTuning proxies, SegmentationEvaluator evaluator, Goal goal)
    implements Objective<C> {
  @Override
  public Evaluation evaluate(C candidate, Trial trial) {
    long start = System.nanoTime();
    try (Loss loss = toLoss.apply(candidate);
        FineTuning.Trained trained = proxies.run(loss, trial.seed(), StepListener.NONE)) {
      if (!trained.result().complete()) {
        return notFinite(start);
      }
      MetricResult result = evaluator.evaluate(trained.network());
      return new Evaluation(
          goal.value(result), Evaluation.Status.OK, secondsSince(start), measures(result));
    } catch (UndefinedLogitsException e) {
      return notFinite(start);
    }
  }

  private static Evaluation notFinite(long start) {
    return new Evaluation(0, Evaluation.Status.NOT_FINITE, secondsSince(start));
  }

  private static Map<String, Double> measures(MetricResult result) {
    Map<String, Double> measures = new LinkedHashMap<>();
    result.values().forEach((metric, value) -> measures.put(metric.label(), value));
    measures.values().removeIf(value -> value.isNaN());
    return measures;
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}

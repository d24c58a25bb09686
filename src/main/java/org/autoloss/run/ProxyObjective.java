package org.autoloss.run;

import java.util.function.Function;
import org.autoloss.loss.Loss;
import org.autoloss.metric.Metric;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.Trial;
import org.autoloss.train.FineTuning;
import org.autoloss.train.SegmentationEvaluator;
import org.autoloss.train.StepListener;

/**
 * Scores a candidate by a proxy training: its loss trains the network for a while, and the metric
 * on the reward split is the score. A loss that becomes NaN or infinite scores 0.
 *
 * @param <C> the candidates' type
 * @param toLoss makes the loss of a candidate
 * @param proxies the trainings
 * @param evaluator of the reward split
 * @param metric what counts
 */
public record ProxyObjective<C>(
    Function<C, Loss> toLoss, FineTuning proxies, SegmentationEvaluator evaluator, Metric metric)
    implements Objective<C> {
  @Override
  public Evaluation evaluate(C candidate, Trial trial) {
    long start = System.nanoTime();
    try (Loss loss = toLoss.apply(candidate);
        FineTuning.Trained trained = proxies.run(loss, trial.seed(), StepListener.NONE)) {
      boolean complete = trained.result().complete();
      double score = complete ? evaluator.evaluate(trained.network()).value(metric) : 0;
      return new Evaluation(
          score,
          complete ? Evaluation.Status.OK : Evaluation.Status.NOT_FINITE,
          (System.nanoTime() - start) / 1e9);
    }
  }
}

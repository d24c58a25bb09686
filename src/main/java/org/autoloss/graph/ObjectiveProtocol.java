package org.autoloss.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;

/**
 * The rejection protocol for several metrics: a graph passes if it reaches the threshold in each of
 * them, since a loss that cannot improve one metric cannot improve a mean that contains it. Metrics
 * are tried in the objective's order, and only on graphs that are still in.
 */
final class ObjectiveProtocol implements RejectionProtocol {
  private final List<Double> weights;
  private final List<RejectionProtocol> evaluators;

  ObjectiveProtocol(ObjectiveMetric objective, Function<Metric, RejectionProtocol> evaluators) {
    this.weights = List.copyOf(objective.weights().values());
    this.evaluators = objective.metrics().stream().map(evaluators).toList();
  }

  @Override
  public List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
    List<RejectionResult> results = new ArrayList<>();
    for (RejectionResult verdict : evaluators.get(0).evaluate(graphs, known)) {
      results.add(verdict.accepted() ? weighted(verdict, weights.get(0)) : verdict);
    }
    for (int metric = 1; metric < evaluators.size(); metric++) {
      judge(metric, graphs, results);
    }
    return results;
  }

  /** Judges by one more metric what the metrics before it have accepted. */
  private void judge(int metric, List<LossGraph> graphs, List<RejectionResult> results) {
    int[] left = IntStream.range(0, graphs.size()).filter(i -> results.get(i).accepted()).toArray();
    if (left.length == 0) {
      return;
    }
    List<LossGraph> accepted = IntStream.of(left).mapToObj(graphs::get).toList();
    List<RejectionResult> further = evaluators.get(metric).evaluate(accepted);
    for (int k = 0; k < left.length; k++) {
      RejectionResult before = results.get(left[k]);
      RejectionResult own = further.get(k);
      results.set(
          left[k],
          own.accepted()
              ? before.withScore(before.score() + weights.get(metric) * own.score())
              : own);
    }
  }

  private static RejectionResult weighted(RejectionResult verdict, double weight) {
    return verdict.withScore(weight * verdict.score());
  }
}

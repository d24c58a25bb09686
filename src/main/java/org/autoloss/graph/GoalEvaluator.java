package org.autoloss.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;

/**
 * The rejection protocol for several metrics: a graph passes if it reaches the threshold in each of
 * them, as a loss that is hopeless for one metric is hopeless for a mean that it has a part in.
 * Metrics are tried in the goal's order, and only on graphs that are still in.
 */
final class GoalEvaluator implements GraphEvaluator {
  private final List<Double> weights;
  private final List<GraphEvaluator> evaluators;

  GoalEvaluator(Goal goal, Function<Metric, GraphEvaluator> evaluators) {
    this.weights = List.copyOf(goal.weights().values());
    this.evaluators = goal.metrics().stream().map(evaluators).toList();
  }

  @Override
  public List<Verdict> evaluate(List<LossGraph> graphs, long[] known) {
    List<Verdict> verdicts = new ArrayList<>();
    for (Verdict verdict : evaluators.get(0).evaluate(graphs, known)) {
      verdicts.add(verdict.accepted() ? weighted(verdict, weights.get(0)) : verdict);
    }
    for (int metric = 1; metric < evaluators.size(); metric++) {
      judge(metric, graphs, verdicts);
    }
    return verdicts;
  }

  /** Judges by one more metric what the metrics before it have accepted. */
  private void judge(int metric, List<LossGraph> graphs, List<Verdict> verdicts) {
    int[] left =
        IntStream.range(0, graphs.size()).filter(i -> verdicts.get(i).accepted()).toArray();
    if (left.length == 0) {
      return;
    }
    List<LossGraph> accepted = IntStream.of(left).mapToObj(graphs::get).toList();
    List<Verdict> further = evaluators.get(metric).evaluate(accepted);
    for (int k = 0; k < left.length; k++) {
      Verdict before = verdicts.get(left[k]);
      Verdict own = further.get(k);
      verdicts.set(
          left[k],
          own.accepted()
              ? before.withScore(before.score() + weights.get(metric) * own.score())
              : own);
    }
  }

  private static Verdict weighted(Verdict verdict, double weight) {
    return verdict.withScore(weight * verdict.score());
  }
}

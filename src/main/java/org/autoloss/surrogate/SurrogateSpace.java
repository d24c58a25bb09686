package org.autoloss.surrogate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.loss.Loss;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.metric.ClassPolicy;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;

/**
 * What a search of Auto Seg-Loss moves in: points {@code theta} of {@code [0,1]^D}, each of them a
 * loss. For a goal of several metrics {@code theta} is the concatenation of their parameters, in
 * the order of the goal, and the loss the sum of their surrogates with the goal's weights (Li et
 * al., ICLR 2021, section 4.2).
 *
 * @param goal the metrics and their weights
 * @param policy absent classes, tolerance, background, for all of them
 */
public record SurrogateSpace(Goal goal, ClassPolicy policy) {
  /**
   * The point that gives {@code g(x) = x} on every curve, where the search starts.
   *
   * @return {@code theta}, with the default number of pieces of each metric
   */
  public double[] identity() {
    return goal.metrics().stream()
        .map(SurrogateSpace::identity)
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  /**
   * The surrogates of a point.
   *
   * @param theta as long as {@link #identity}, each number in [0,1]
   * @return the parameters of each metric, in the order of the goal
   * @throws IllegalArgumentException if the length or a number is not as said
   */
  public List<SurrogateParameters> parameters(double[] theta) {
    int dimensions = identity().length;
    if (theta.length != dimensions) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "theta: expected %d numbers for %s, got %d",
              dimensions,
              goal,
              theta.length));
    }
    List<SurrogateParameters> parameters = new ArrayList<>();
    int from = 0;
    for (Metric metric : goal.metrics()) {
      int to = from + identity(metric).length;
      parameters.add(
          SurrogateParameters.fromTheta(metric, Arrays.copyOfRange(theta, from, to), policy));
      from = to;
    }
    return parameters;
  }

  /**
   * The loss of a point.
   *
   * @param theta as long as {@link #identity}, each number in [0,1]
   * @return a {@link SurrogateLoss}, or a {@link WeightedSumLoss} of them if there are several
   *     metrics; the caller closes it
   * @throws IllegalArgumentException if the length or a number is not as said
   */
  public Loss loss(double[] theta) {
    List<SurrogateParameters> parameters = parameters(theta);
    if (parameters.size() == 1) {
      return SurrogateLoss.of(parameters.get(0));
    }
    Map<Metric, Double> weights = goal.weights();
    return new WeightedSumLoss(
        parameters.stream()
            .map(p -> new WeightedSumLoss.Term(weights.get(p.metric()), SurrogateLoss.of(p)))
            .toList());
  }

  private static double[] identity(Metric metric) {
    return SurrogateParameters.identityTheta(metric, SurrogateParameters.defaultPieces(metric));
  }
}

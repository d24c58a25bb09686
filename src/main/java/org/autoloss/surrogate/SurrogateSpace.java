package org.autoloss.surrogate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.loss.Loss;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * What a search of Auto Seg-Loss moves in: points {@code theta} of {@code [0,1]^D}, each of them a
 * loss. For an objective of several metrics {@code theta} is the concatenation of their parameters,
 * in the order of the objective, and the loss the sum of their surrogates with the objective's
 * weights (Li et al., ICLR 2021, section 4.2).
 *
 * @param objective the metrics and their weights
 * @param policy absent classes, tolerance, background, for all of them
 */
public record SurrogateSpace(ObjectiveMetric objective, ClassPolicy policy) {
  /**
   * The point that gives {@code g(x) = x} on every curve, where the search starts.
   *
   * @return {@code theta}, with the default number of pieces of each metric
   */
  public double[] identity() {
    return objective.metrics().stream()
        .map(SurrogateSpace::identity)
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  /**
   * The surrogates of a point.
   *
   * @param theta as long as {@link #identity}, each number in [0,1]
   * @return the parameters of each metric, in the order of the objective
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
              objective,
              theta.length));
    }
    List<SurrogateParameters> parameters = new ArrayList<>();
    int from = 0;
    for (Metric metric : objective.metrics()) {
      int to = from + identity(metric).length;
      parameters.add(
          SurrogateParameters.fromTheta(
              SegmentationMetric.searchable(metric), Arrays.copyOfRange(theta, from, to), policy));
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
    Map<Metric, Double> weights = objective.weights();
    return new WeightedSumLoss(
        parameters.stream()
            .map(p -> new WeightedSumLoss.Term(weights.get(p.metric()), SurrogateLoss.of(p)))
            .toList());
  }

  private static double[] identity(Metric metric) {
    SegmentationMetric known = SegmentationMetric.searchable(metric);
    return SurrogateParameters.identityTheta(known, SurrogateParameters.defaultPieces(known));
  }
}

package org.autoloss.surrogate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
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
 * <p>Beside the surrogates another loss may stand, whose weight {@code w} is the last number of
 * {@code theta}: {@code (1 - w) surrogates + w loss}. A sum that keeps its size leaves the learning
 * rate what it was.
 *
 * @param objective the metrics and their weights
 * @param policy absent classes, tolerance, background, for all of them
 * @param with specification of the loss beside them; null for none
 */
public record SurrogateSpace(ObjectiveMetric objective, ClassPolicy policy, String with) {
  private static final double WEIGHT = 0.5; // of the other loss, where a search starts

  /**
   * Surrogates alone.
   *
   * @param objective the metrics and their weights
   * @param policy absent classes, tolerance, background, for all of them
   */
  public SurrogateSpace(ObjectiveMetric objective, ClassPolicy policy) {
    this(objective, policy, null);
  }

  /**
   * How many numbers a point has.
   *
   * @return at least 1
   */
  public int dimensions() {
    return identity().length;
  }

  /**
   * Where a search starts.
   *
   * @param start which curves
   * @return {@code theta}; another loss has half of the weight
   */
  public double[] start(SurrogateStart start) {
    DoubleStream curves =
        objective.metrics().stream()
            .map(SegmentationMetric::searchable)
            .map(start::theta)
            .flatMapToDouble(Arrays::stream);
    DoubleStream weight = with == null ? DoubleStream.empty() : DoubleStream.of(WEIGHT);
    return DoubleStream.concat(curves, weight).toArray();
  }

  /**
   * The point that gives {@code g(x) = x} on every curve, where the search starts.
   *
   * @return {@code theta}, with the default number of pieces of each metric
   */
  public double[] identity() {
    return start(SurrogateStart.IDENTITY);
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
      int to = from + length(metric);
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
   * @return a {@link SurrogateLoss}, or a {@link WeightedSumLoss} if there are several metrics or
   *     another loss beside them; the caller closes it
   * @throws IllegalArgumentException if the length or a number is not as said
   */
  public Loss loss(double[] theta) {
    List<SurrogateParameters> parameters = parameters(theta);
    if (parameters.size() == 1 && with == null) {
      return SurrogateLoss.of(parameters.get(0));
    }
    double share = with == null ? 0 : theta[theta.length - 1];
    Loss other =
        with == null ? null : Loss.parse(with); // before those that would have to be closed
    List<WeightedSumLoss.Term> terms = new ArrayList<>();
    for (SurrogateParameters each : parameters) {
      double weight = objective.weights().get(each.metric());
      terms.add(new WeightedSumLoss.Term((1 - share) * weight, SurrogateLoss.of(each)));
    }
    if (other != null) {
      terms.add(new WeightedSumLoss.Term(share, other));
    }
    return new WeightedSumLoss(terms);
  }

  private static int length(Metric metric) {
    return SurrogateStart.IDENTITY.theta(SegmentationMetric.searchable(metric)).length;
  }
}

package org.autoloss.graph;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.autoloss.loss.Shape;

/**
 * Rejects losses of classes whose gradient explodes where predictions become sure.
 *
 * <p>Roots and logarithms have infinite slopes at 0. A graph that holds one may train well for the
 * steps of a proxy, and end a longer training when it comes near that point. The protocol does not
 * see it: its predictions move a little way from uniform ones. So the gradient's norm is looked at
 * on predictions that are as sure as those of a trained network, some of them wrongly: logits
 * {@code s / 2 (onehot + noise)} for s in {@link #SURE}. Hand-made losses stay within four times of
 * the norm at nearly uniform predictions, and so do searched ones that trained to the end; those
 * that collapsed came to 100 times and more. The rule is ours.
 */
public final class SteepSlopes extends StricterProtocol {
  /** Logits of the labels, twice; a pixel's noise is as large. */
  private static final double[] SURE = {1, 2, 3, 4, 6, 8, 12, 16};

  private static final double BEGINNING = 0.1;

  private final int[] labels;
  private final Shape shape;
  private final List<float[]> predictions;
  private final double eps;
  private final double most;

  /**
   * The rule on top of a protocol.
   *
   * @param inner the protocol
   * @param samples its samples
   * @param noise deviation of their logits
   * @param eps the constant of the operator table
   * @param most how many times the norm of the beginning is allowed, above 0
   */
  public SteepSlopes(
      RejectionProtocol inner, RejectionSamples samples, double noise, double eps, double most) {
    super(inner);
    this.labels = samples.labels();
    this.shape = new Shape(samples.count(), samples.classes(), samples.height(), samples.width());
    this.predictions = predictions(samples, noise);
    this.eps = eps;
    this.most = most;
  }

  @Override
  protected boolean keeps(LossGraph graph) {
    return !isSteep(graph);
  }

  /** Whether the norm grows beyond what is allowed, or is not a number. */
  boolean isSteep(LossGraph graph) {
    float[] gradient = new float[(int) shape.elements()];
    try (GraphLoss loss = GraphLoss.of(graph, eps)) {
      return growth(
              predictions,
              logits -> {
                loss.evaluate(logits, labels, shape, gradient);
                return norm(gradient);
              })
          > most;
    }
  }

  /**
   * Predictions from nearly uniform ones to sure ones.
   *
   * @param samples label maps, and logits that are normal
   * @param noise the deviation of the logits
   * @return logits of the samples' size, the nearly uniform ones first
   */
  public static List<float[]> predictions(RejectionSamples samples, double noise) {
    return DoubleStream.concat(DoubleStream.of(0), Arrays.stream(SURE))
        .mapToObj(sure -> logits(samples, noise, sure))
        .toList();
  }

  /**
   * How much a loss's gradient grows where predictions are sure.
   *
   * @param predictions those of {@link #predictions}
   * @param norm of the gradient at such logits
   * @return the largest norm on sure predictions in terms of that on nearly uniform ones; infinite
   *     where one is not a number, or there is no gradient to begin with
   */
  public static double growth(List<float[]> predictions, ToDoubleFunction<float[]> norm) {
    double beginning = norm.applyAsDouble(predictions.get(0));
    double largest = 0;
    for (float[] sure : predictions.subList(1, predictions.size())) {
      double here = norm.applyAsDouble(sure);
      largest = here >= 0 ? Math.max(largest, here) : Double.POSITIVE_INFINITY; // also of NaN
    }
    return beginning > 0 ? largest / beginning : Double.POSITIVE_INFINITY;
  }

  private static double norm(float[] gradient) {
    double square = 0;
    for (float each : gradient) {
      square += (double) each * each;
    }
    return Math.sqrt(square);
  }

  private static float[] logits(RejectionSamples samples, double noise, double sure) {
    float[] logits = new float[samples.logits().length];
    int pixels = samples.height() * samples.width();
    for (int i = 0; i < logits.length; i++) {
      int image = i / (pixels * samples.classes());
      boolean own = samples.labels()[image * pixels + i % pixels] == i / pixels % samples.classes();
      double deviate = samples.logits()[i] / noise;
      logits[i] = (float) (sure / 2 * (deviate + (own ? 1 : 0)) + BEGINNING * deviate);
    }
    return logits;
  }
}

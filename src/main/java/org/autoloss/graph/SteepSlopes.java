package org.autoloss.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
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
 *
 * @param inner the protocol
 * @param samples its samples
 * @param noise deviation of their logits
 * @param eps the constant of the operator table
 * @param most how many times the norm of the beginning is allowed, above 0
 */
public record SteepSlopes(
    RejectionProtocol inner, RejectionSamples samples, double noise, double eps, double most)
    implements RejectionProtocol {
  /** Logits of the labels, twice; a pixel's noise is as large. */
  private static final double[] SURE = {1, 2, 3, 4, 6, 8, 12, 16};

  private static final double BEGINNING = 0.1;

  @Override
  public List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
    List<RejectionResult> results = new ArrayList<>(inner.evaluate(graphs, known));
    for (int i = 0; i < results.size(); i++) {
      RejectionResult result = results.get(i);
      if (result.accepted() && isSteep(graphs.get(i))) {
        results.set(
            i,
            new RejectionResult(
                RejectionResult.Status.BELOW_THRESHOLD,
                result.score(),
                result.norms(),
                result.fingerprint()));
      }
    }
    return results;
  }

  /** Whether the norm grows beyond what is allowed, or is not a number. */
  boolean isSteep(LossGraph graph) {
    Shape shape = new Shape(samples.count(), samples.classes(), samples.height(), samples.width());
    float[] gradient = new float[samples.logits().length];
    try (GraphLoss loss = GraphLoss.of(graph, eps)) {
      return growth(
              samples,
              noise,
              logits -> {
                loss.evaluate(logits, samples.labels(), shape, gradient);
                return norm(gradient);
              })
          > most;
    }
  }

  /**
   * How much a loss's gradient grows where predictions are sure.
   *
   * @param samples label maps, and logits that are normal
   * @param noise the deviation of the logits
   * @param norm of the gradient at logits of the samples' size
   * @return the largest norm on sure predictions in terms of that on nearly uniform ones; infinite
   *     where one is not a number, or there is no gradient to begin with
   */
  public static double growth(
      RejectionSamples samples, double noise, ToDoubleFunction<float[]> norm) {
    double beginning = norm.applyAsDouble(logits(samples, noise, 0));
    double largest = 0;
    for (double sure : SURE) {
      double here = norm.applyAsDouble(logits(samples, noise, sure));
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

package org.autoloss.graph;

import java.util.ArrayList;
import java.util.List;
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
    try (GraphLoss loss = GraphLoss.of(graph, eps)) {
      double allowed = most * norm(loss, 0);
      for (double sure : SURE) {
        if (!(norm(loss, sure) <= allowed)) {
          return true;
        }
      }
      return false;
    }
  }

  private double norm(GraphLoss loss, double sure) {
    float[] gradient = new float[samples.logits().length];
    loss.evaluate(
        logits(sure),
        samples.labels(),
        new Shape(samples.count(), samples.classes(), samples.height(), samples.width()),
        gradient);
    double square = 0;
    for (float each : gradient) {
      square += (double) each * each;
    }
    return Math.sqrt(square);
  }

  private float[] logits(double sure) {
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

package org.autoloss.surrogate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.global.ops;
import org.autoloss.internal.Json;
import org.autoloss.internal.NativeDoubles;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.FusedLoss;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The Auto Seg-Loss surrogate of a metric as a loss: {@code 1 - surrogate}, value and gradient
 * fused (Li et al., ICLR 2021, sections 3.2 and 3.3).
 *
 * <p>With {@code p = softmax(logits)} over classes, one-hot labels {@code y}, curves fA (soft AND)
 * and fO (soft OR), sums over the pixels that count, and {@code eps = 1e-8}:
 *
 * <pre>
 * mIoU   mean over c of  sum fA(p) y / (sum (fO(p) + y - fO(p) y) + eps)
 * FWIoU  the same ratios, weighted by the share of each class among the labels
 * mAcc   mean over c of  sum fA(p) y / (sum y + eps)
 * gAcc   sum fA(p) y / (sum y + eps), sums over all classes
 * BIoU   mIoU over the pixels within the tolerance of a label edge
 * BF1    mean over the classes with a label edge of  2 P R / (P + R + eps),
 *        P = sum E dil(G) / (sum E + eps),  R = sum dil(E) G / (sum G + eps)
 * </pre>
 *
 * <p>In BF1, {@code G} is 1 at label edges: pixels of the class whose 3x3 neighbourhood inside the
 * image holds another label; {@code dil} is the maximum over a square of {@code 2 tolerance + 1}
 * pixels; {@code E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e)} is the predicted edge, with {@code
 * e} the minimum of p over the 3x3 neighbourhood inside the image. Without any label edge its value
 * is 0. The policy's {@code dropBackground} leaves the edges of class 0 out of BIoU's band and of
 * BF1.
 *
 * <p><b>Ignored pixels</b> have no value and no gradient, with one exception that the policy names.
 * With {@link org.autoloss.metric.segmentation.IgnoredEdges#COUNT}, as in the published formula, an
 * ignored pixel is another label, which makes its neighbours label edges; and {@code E} of BF1 is
 * summed over all pixels, so that an edge that is predicted at an ignored pixel counts, and has a
 * gradient. With {@link org.autoloss.metric.segmentation.IgnoredEdges#SKIP} ignored pixels are as
 * if they were outside the image, for {@code G}, {@code e}, {@code E} and {@code dil} alike.
 *
 * <p>The value agrees with the formula in double precision to about 1e-6 relative, the gradient to
 * 1e-5 of its norm. Results are the same, to the last bit, for any number of threads. Memory: the
 * gradient with a number for each pixel, and counters in the number of classes; for boundary
 * metrics also in the number of pixels, and for BF1 without a gradient a tensor of the size of the
 * logits.
 */
public final class SurrogateLoss extends FusedLoss {
  static final String KIND = "asl";

  private final SurrogateParameters parameters;
  private final double[] points; // the control points

  private SurrogateLoss(SurrogateParameters parameters) {
    this.parameters = parameters;
    this.points = parameters.controlPoints();
  }

  /**
   * The surrogate with the parameters that the authors published.
   *
   * @param metric the metric
   * @return the loss; the caller closes it
   */
  public static SurrogateLoss of(SegmentationMetric metric) {
    return of(SurrogateParameters.published(metric));
  }

  /**
   * The surrogate with given parameters.
   *
   * @param parameters curves and policy
   * @return the loss; the caller closes it
   */
  public static SurrogateLoss of(SurrogateParameters parameters) {
    return new SurrogateLoss(parameters);
  }

  /**
   * What this loss was made of.
   *
   * @return curves and policy
   */
  public SurrogateParameters parameters() {
    return parameters;
  }

  @Override
  protected double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    int metric = parameters.metric().code();
    ClassPolicy policy = parameters.policy();
    int absent = policy.inLoss().code();
    if (parameters.metric().boundary()) {
      int drop = policy.dropBackground() ? 1 : 0;
      int ignored = policy.ignoredEdges().code();
      return batch.value(
          b ->
              ops.boundary_surrogate(
                  metric,
                  NativeDoubles.of(points),
                  points.length,
                  absent,
                  policy.tolerance(),
                  drop,
                  ignored,
                  b,
                  value,
                  gradient));
    }
    return batch.value(
        b ->
            ops.region_surrogate(
                metric, NativeDoubles.of(points), points.length, absent, b, value, gradient));
  }

  @Override
  protected boolean runsOnGpu() {
    return true;
  }

  @Override
  protected boolean narrowsGradient() {
    return parameters.metric() != SegmentationMetric.BF1;
  }

  @Override
  public String toJson() {
    ClassPolicy policy = parameters.policy();
    ObjectNode artefact = Json.MAPPER.createObjectNode();
    artefact.put("autoloss", 1).put("kind", KIND).put("metric", parameters.metric().label());
    ArrayNode array = artefact.putArray("controlPoints");
    for (double value : parameters.controlPoints()) {
      array.add(value);
    }
    artefact.put("tolerance", policy.tolerance());
    artefact.put("dropBackground", policy.dropBackground());
    if (policy.inLoss() == AbsentClasses.SKIP) {
      artefact.put("absentClasses", "skip");
    }
    if (policy.ignoredEdges() == IgnoredEdges.SKIP) {
      artefact.put("ignoredEdges", "skip");
    }
    return artefact.toString();
  }
}

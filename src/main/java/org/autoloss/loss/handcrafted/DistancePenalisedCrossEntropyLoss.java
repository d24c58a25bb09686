package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.PixelLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Distance-penalised cross entropy, {@code dpce} or {@code dpce:strength=1}: the mean over the
 * pixels that count of {@code (1 + strength phi_i) (-log softmax(logits)[label])}, with {@code
 * phi_i = 1 - d_i / max d}. {@code d_i} is the exact Euclidean distance of a pixel to the nearest
 * label edge, and the maximum is over its image, so phi is 1 at edges and 0 at the pixel farthest
 * from one; 0 in an image without an edge.
 *
 * <p>Caliva, Iriondo, Martinez, Majumdar, Pedoia, "Distance map loss penalty term for semantic
 * segmentation", MIDL 2019, equation 1. There phi is in pixels; here it is relative to the largest
 * distance, so that the loss does not grow with the image.
 */
public final class DistancePenalisedCrossEntropyLoss extends PixelLoss {
  static final String NAME = "dpce";

  private final double strength;

  /**
   * Makes the loss.
   *
   * @param strength of the penalty, 0 to 1e6
   * @throws IllegalArgumentException if it is out of range
   */
  public DistancePenalisedCrossEntropyLoss(double strength) {
    super(rule -> rule.penalty(Ranges.weight("strength", strength)));
    this.strength = strength;
  }

  @Override
  protected Tensor compose(MaskedBatch batch) {
    Tensor distance = DistanceMaps.edgeDistance(batch);
    Tensor known = distance.isfinite();
    distance = distance.masked_fill(known.logical_not(), new Scalar(0));
    // distances are 0 or at least 1, so the limit only matters where all pixels are edges
    Tensor largest = distance.amax(new long[] {1, 2}, true).clamp_min(new Scalar(1));
    Tensor phi = distance.div(largest).neg().add(new Scalar(1)).mul(known.to(ScalarType.Float));
    Tensor weights = phi.mul(new Scalar(strength)).add(new Scalar(1));
    return batch.mean(batch.crossEntropy().mul(weights));
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of("strength", strength));
  }
}

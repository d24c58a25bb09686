package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.global.ops;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.PixelLoss;
import org.bytedeco.pytorch.Tensor;

/**
 * Boundary loss, {@code boundary}: the mean over classes and the pixels that count of {@code phi_c
 * softmax(logits)_c}. {@code phi_c} is the signed Euclidean distance to the boundary of class c in
 * the labels: outside the class the distance to its nearest pixel, inside 1 minus the distance to
 * the nearest pixel outside, and 0 for a class that is nowhere or everywhere in an image. So the
 * loss may be negative. It is meant beside a regional loss: {@code dice+0.01*boundary}.
 *
 * <p>Kervadec et al., "Boundary loss for highly unbalanced segmentation", MIDL 2019, equation 5.
 */
public final class BoundaryLoss extends PixelLoss {
  static final String NAME = "boundary";

  /** Makes the loss. */
  public BoundaryLoss() {
    super(rule -> rule.term(ops.TERM_BOUNDARY));
  }

  @Override
  protected Tensor compose(MaskedBatch batch) {
    return batch.meanOverClasses(batch.probabilities().mul(DistanceMaps.signedDistance(batch)));
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of());
  }
}

package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * Softmax cross entropy, libtorch's own: the mean over the pixels that count of {@code -log
 * softmax(logits)[label]}. The baseline of every comparison. Where no pixel of a batch counts it is
 * 0, while libtorch alone would say NaN.
 */
public final class CrossEntropyLoss extends ComposedLoss {
  private static final long REDUCTION_SUM = 2; // at::Reduction::Sum

  /** Makes the loss. */
  public CrossEntropyLoss() {}

  @Override
  protected Tensor compute(MaskedBatch batch) {
    return cross_entropy_loss(
            batch.logits(),
            batch.labels(),
            new TensorOptional(),
            REDUCTION_SUM,
            MaskedBatch.IGNORED,
            0.0)
        .div(batch.count());
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(CrossEntropyLossFactory.NAME, Map.of());
  }
}

package org.autoloss.loss;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Softmax cross entropy, libtorch's own: the mean over the pixels that count of {@code -log
 * softmax(logits)[label]}. The baseline of every comparison. Where no pixel of a batch counts it is
 * 0, while libtorch alone would say NaN.
 */
public final class CrossEntropyLoss extends ComposedLoss {
  /** Makes the loss. */
  public CrossEntropyLoss() {}

  @Override
  protected Tensor compute(MaskedBatch batch) {
    return batch.meanCrossEntropy();
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(CrossEntropyLossFactory.NAME, Map.of());
  }
}

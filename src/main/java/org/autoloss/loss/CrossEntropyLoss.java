package org.autoloss.loss;

import java.util.Map;
import org.autoloss.global.ops;
import org.bytedeco.pytorch.Tensor;

/**
 * Softmax cross entropy, libtorch's own operations: the mean over the pixels that count of {@code
 * -log softmax(logits)[label]}. The baseline of every comparison. Where no pixel of a batch counts
 * it is 0, while libtorch alone would say NaN.
 */
public final class CrossEntropyLoss extends ComposedLoss {
  /** Makes the loss. */
  public CrossEntropyLoss() {}

  @Override
  Tensor direct(Tensor logits, Tensor labels) {
    Tensor loss = new Tensor();
    if (ops.torch_cross_entropy(logits, labels, loss)) {
      return loss;
    }
    loss.close();
    return null;
  }

  @Override
  protected Tensor compute(MaskedBatch batch) {
    return batch.meanCrossEntropy();
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(CrossEntropyLossFactory.NAME, Map.of());
  }
}

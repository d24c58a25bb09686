package com.example.shapes;

import java.util.Map;
import org.autoloss.loss.ComposedLoss;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Poly-1: the mean over the pixels that count of {@code -log p + epsilon (1 - p)}, with {@code p =
 * softmax(logits)[label]} (Leng et al., "PolyLoss", ICLR 2022).
 */
final class PolyLoss extends ComposedLoss {
  static final String NAME = "poly";

  private final double epsilon;

  PolyLoss(double epsilon) {
    this.epsilon = epsilon;
  }

  @Override
  protected Tensor compute(MaskedBatch batch) {
    Tensor entropy = batch.crossEntropy(); // -log p
    Tensor miss = entropy.neg().expm1().neg(); // 1 - p
    return batch.mean(entropy.add(miss.mul(new Scalar(epsilon))));
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of("epsilon", epsilon));
  }
}

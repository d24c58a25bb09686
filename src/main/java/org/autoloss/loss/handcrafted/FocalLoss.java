package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.PixelLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Focal loss, {@code focal} or {@code focal:gamma=2}: the mean over the pixels that count of {@code
 * (1 - p)^gamma (-log p)}, with {@code p = softmax(logits)[label]}.
 *
 * <p>Lin, Goyal, Girshick, He, Dollár, "Focal loss for dense object detection", ICCV 2017, equation
 * 4, for several classes. With gamma 0 it is cross entropy.
 */
public final class FocalLoss extends PixelLoss {
  static final String NAME = "focal";
  static final double GAMMA = 2;

  /** The slope of a power below 1 is infinite at 0; from here on it is 0 instead. */
  private static final double SMALLEST = 1e-7;

  /**
   * From here on p is 0 in float32. Its slope is 0 then, and meets an infinite entropy, of a logit
   * of minus infinity, in the product's: cut off, so that 0 times infinity is 0 and not NaN.
   */
  private static final double LARGEST = 200;

  private final double gamma;

  /**
   * Makes the loss.
   *
   * @param gamma 0 to 1e6; the larger, the less easy pixels weigh
   * @throws IllegalArgumentException if it is out of range
   */
  public FocalLoss(double gamma) {
    super(rule -> rule.gamma(Ranges.weight("gamma", gamma)));
    this.gamma = gamma;
  }

  @Override
  protected Tensor compose(MaskedBatch batch) {
    Tensor entropy = batch.crossEntropy();
    if (gamma == 0) {
      return batch.mean(entropy);
    }
    Tensor finite = entropy.clamp_max(new Scalar(LARGEST));
    Tensor miss = finite.neg().expm1().neg().clamp_min(new Scalar(SMALLEST)); // 1 - p
    return batch.mean(miss.pow(new Scalar(gamma)).mul(entropy));
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of("gamma", gamma));
  }
}

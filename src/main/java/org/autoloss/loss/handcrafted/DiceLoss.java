package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.LossOptions;

/**
 * Dice loss with squared denominators, {@code dice}: {@code 1 - mean over c of 2 sum p y / (sum p^2
 * + sum y^2)}, with {@code p = softmax(logits)}, one-hot labels y, and sums over the pixels of the
 * batch that count.
 *
 * <p>Milletari, Navab, Ahmadi, "V-Net: Fully convolutional neural networks for volumetric medical
 * image segmentation", 3DV 2016, section 3. Fused: two reads of the logits and one write.
 */
public final class DiceLoss extends OverlapLoss {
  static final String NAME = "dice";

  /**
   * Makes the loss.
   *
   * @param absent whether a class without a labelled pixel in the batch counts, with overlap 0, or
   *     is left out of the mean
   */
  public DiceLoss(AbsentClasses absent) {
    super(true, 0.5, 0.5, absent);
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of("absent", absent()));
  }
}

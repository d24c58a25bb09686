package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.LossOptions;

/**
 * Soft Jaccard (IoU) loss, {@code jaccard}: {@code 1 - mean over c of sum p y / sum (p + y - p y)},
 * with {@code p = softmax(logits)}, one-hot labels y, and sums over the pixels of the batch that
 * count.
 *
 * <p>Rahman, Wang, "Optimizing intersection-over-union in deep neural networks for image
 * segmentation", ISVC 2016, equations 2 to 5. Fused: two reads of the logits and one write.
 */
public final class JaccardLoss extends OverlapLoss {
  static final String NAME = "jaccard";

  /**
   * Makes the loss.
   *
   * @param absent whether a class without a labelled pixel in the batch counts, with overlap 0, or
   *     is left out of the mean
   */
  public JaccardLoss(AbsentClasses absent) {
    super(false, 1, 1, absent);
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of("absent", absent()));
  }
}

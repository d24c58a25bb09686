package org.autoloss.loss.handcrafted;

import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.LossOptions;

/**
 * Tversky loss, {@code tversky:alpha=0.3,beta=0.7}: {@code 1 - mean over c of TP / (TP + alpha FP +
 * beta FN)}, with {@code TP = sum p y}, {@code FP = sum p (1 - y)}, {@code FN = sum (1 - p) y},
 * {@code p = softmax(logits)}, one-hot labels y, and sums over the pixels of the batch that count.
 *
 * <p>Salehi, Erdogmus, Gholipour, "Tversky loss function for image segmentation using 3D fully
 * convolutional deep networks", MLMI 2017, equations 2 and 3; their best: alpha 0.3, beta 0.7, the
 * default here. Fused: two reads of the logits and one write.
 */
public final class TverskyLoss extends OverlapLoss {
  static final String NAME = "tversky";
  static final double ALPHA = 0.3;
  static final double BETA = 0.7;

  /**
   * Makes the loss.
   *
   * @param alpha weight of false positives, 0 to 1e6
   * @param beta weight of false negatives, 0 to 1e6
   * @param absent whether a class without a labelled pixel in the batch counts, with overlap 0, or
   *     is left out of the mean
   * @throws IllegalArgumentException if a weight is negative or not finite
   */
  public TverskyLoss(double alpha, double beta, AbsentClasses absent) {
    super(false, alpha, beta, absent);
  }

  @Override
  public String toJson() {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("alpha", alpha());
    options.put("beta", beta());
    options.put("absent", absent());
    return LossOptions.toJson(NAME, options);
  }
}

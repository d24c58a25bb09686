package org.autoloss.loss.handcrafted;

import static org.bytedeco.pytorch.global.torch.bincount;

import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.PixelLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Weighted cross entropy, {@code wce} or {@code wce:border} ({@code wce:border=10,sigma=5}): the
 * mean over the pixels that count of {@code w_i (-log softmax(logits)[label])}.
 *
 * <p>{@code w_i = V / (K n_label) + border exp(-(d1 + d2)^2 / (2 sigma^2))}. The first term
 * balances the classes: V pixels count, K classes are present in the batch, {@code n_c} pixels have
 * label c; alone, it makes the loss the mean over the classes present of the mean cross entropy
 * within each. The second term, where asked for, is that of U-Net for the narrow gaps between
 * objects: d1 and d2 are the distances of a background pixel (class 0) to the nearest and the
 * second nearest object, and an object is a 4-connected region of one class.
 *
 * <p>Ronneberger, Fischer, Brox, "U-Net: Convolutional networks for biomedical image segmentation",
 * MICCAI 2015, equation 2, which sets border 10 and sigma 5.
 */
public final class WeightedCrossEntropyLoss extends PixelLoss {
  static final String NAME = "wce";
  static final double BORDER = 10;
  static final double SIGMA = 5;

  private static final double LARGEST_SIGMA = 100;

  private final double border;
  private final double sigma;

  /**
   * Makes the loss.
   *
   * @param border strength of U-Net's border term, 0 to 1e6; 0 leaves it out
   * @param sigma its width in pixels, above 0, at most 100
   * @throws IllegalArgumentException if a number is out of range
   */
  public WeightedCrossEntropyLoss(double border, double sigma) {
    super(
        rule ->
            rule.balanced(1)
                .border(Ranges.weight("border", border))
                .sigma(Ranges.positive(LARGEST_SIGMA, "sigma", sigma)));
    this.border = border;
    this.sigma = sigma;
  }

  @Override
  protected Tensor compose(MaskedBatch batch) {
    Tensor weights = balancedWeights(batch);
    if (border > 0) {
      weights = weights.add(DistanceMaps.borderWeights(batch, border, sigma));
    }
    return batch.mean(batch.crossEntropy().mul(weights));
  }

  /** {@code V / (K n_label)} of each pixel; of an ignored one that of class 0, which is finite. */
  private static Tensor balancedWeights(MaskedBatch batch) {
    Tensor labels = batch.labels().clamp_min(new Scalar(0)).flatten();
    Tensor valid = batch.valid().flatten();
    Tensor pixels = bincount(labels, new TensorOptional(valid), batch.shape().c());
    Tensor present = pixels.gt(new Scalar(0)).sum().clamp_min(new Scalar(1));
    Tensor each = pixels.clamp_min(new Scalar(1)).mul(present).reciprocal().mul(batch.count());
    return each.to(ScalarType.Float).index_select(0, labels).view_as(batch.labels());
  }

  @Override
  public String toJson() {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("border", border);
    options.put("sigma", sigma);
    return LossOptions.toJson(NAME, options);
  }
}

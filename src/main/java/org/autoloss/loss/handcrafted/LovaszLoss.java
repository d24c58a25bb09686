package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.global.ops;
import org.autoloss.loss.FusedLoss;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.LossOptions;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Lovász-Softmax loss, {@code lovasz} or {@code lovasz:per_image}: the mean over the classes with a
 * labelled pixel of the Lovász extension of the Jaccard loss at the errors {@code |y - p|}, with
 * {@code p = softmax(logits)} and one-hot labels y.
 *
 * <p>For a class, with errors in descending order, {@code F_k} and {@code B_k} the pixels of the
 * class and of others among the first k, and G pixels of the class: {@code J_k = 1 - (G - F_k) / (G
 * + B_k)}, loss {@code sum_k error_k (J_k - J_{k-1})}. Errors are sorted as multiples of 2^-24,
 * about what a float32 probability resolves; equal ones keep the order of their pixels, which picks
 * one of the subgradients.
 *
 * <p>Berman, Triki, Blaschko, "The Lovász-Softmax loss: a tractable surrogate for the optimization
 * of the intersection-over-union measure in neural networks", CVPR 2018, equation 11 and algorithm
 * 1. Native: a radix sort for each class. Memory: the gradient, and 20 bytes for each pixel and
 * thread; on a GPU 8 bytes for each pixel, and 256 MiB at most for a batch of up to 2^24 pixels.
 * Fewer than 2^31 pixels.
 */
public final class LovaszLoss extends FusedLoss {
  static final String NAME = "lovasz";

  private final boolean perImage;

  /**
   * Makes the loss.
   *
   * @param perImage true: the mean of each image's loss, over the images with a labelled pixel;
   *     false: the loss of the batch as one image
   */
  public LovaszLoss(boolean perImage) {
    this.perImage = perImage;
  }

  @Override
  protected double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    int images = perImage ? 1 : 0;
    return batch.value(b -> ops.lovasz_loss(images, b, value, gradient));
  }

  @Override
  protected boolean runsOnGpu() {
    return true;
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of("per_image", perImage));
  }
}

package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.global.ops;
import org.autoloss.loss.FusedLoss;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.LossOptions;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Structural similarity loss, {@code ssim}: 1 minus the mean, over classes and the pixels that
 * count, of the structural similarity of the probabilities {@code p = softmax(logits)} and the
 * one-hot labels y of a class, within a Gaussian window of 11 x 11 pixels and standard deviation
 * 1.5:
 *
 * <pre>
 * S = (2 mp my + c1) (2 cov + c2) / ((mp^2 + my^2 + c1) (vp + vy + c2)),  c1 = 0.01^2, c2 = 0.03^2
 * </pre>
 *
 * with the windowed means mp, my, variances vp, vy and covariance cov. Outside the image, and in
 * ignored pixels, p and y are 0. A class without a labelled pixel is compared with an empty map.
 *
 * <p>Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
 * structural similarity", TIP 2004, equation 13; as a loss: Qin et al., "BASNet: Boundary-aware
 * salient object detection", CVPR 2019, equation 7. Native: separable windows, seven for value and
 * gradient. On an NVIDIA GPU it needs up to 48 MiB, or three planes, beside the gradient.
 */
public final class SsimLoss extends FusedLoss {
  static final String NAME = "ssim";

  /** Makes the loss. */
  public SsimLoss() {}

  @Override
  protected double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    return batch.value(b -> ops.ssim_loss(b, value, gradient));
  }

  @Override
  protected boolean runsOnGpu() {
    return true;
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(NAME, Map.of());
  }
}

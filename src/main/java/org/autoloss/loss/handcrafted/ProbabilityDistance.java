package org.autoloss.loss.handcrafted;

import java.util.Map;
import org.autoloss.global.ops;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.PixelLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A distance between probabilities and one-hot labels: the mean over classes and the pixels that
 * count of {@code f(p - y)}, with {@code p = softmax(logits)}.
 *
 * <pre>
 * l1         f(d) = |d|
 * mse        f(d) = d^2
 * smooth_l1  f(d) = d^2 / (2 beta) where |d| is below beta, else |d| - beta / 2
 * </pre>
 *
 * <p>{@code smooth_l1:beta=1} after Girshick, "Fast R-CNN", ICCV 2015, equation 3, where beta is 1.
 * As {@code |p - y|} is never above 1, a beta of 1 makes it half of {@code mse}.
 */
public final class ProbabilityDistance extends PixelLoss {
  static final String L1 = "l1";
  static final String MSE = "mse";
  static final String SMOOTH_L1 = "smooth_l1";

  private final String name;
  private final double beta;

  private ProbabilityDistance(String name, double beta, double scale) {
    super(rule -> rule.term(ops.TERM_DISTANCE).beta(beta).scale(scale));
    this.name = name;
    this.beta = beta;
  }

  /**
   * Mean absolute error.
   *
   * @return the loss; the caller closes it
   */
  public static ProbabilityDistance l1() {
    return new ProbabilityDistance(L1, 0, 1);
  }

  /**
   * Mean squared error.
   *
   * @return the loss; the caller closes it
   */
  public static ProbabilityDistance mse() {
    return new ProbabilityDistance(MSE, 1, 2);
  }

  /**
   * Squared near 0, absolute elsewhere.
   *
   * @param beta where one turns into the other, above 0, at most 1
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if beta is out of range
   */
  public static ProbabilityDistance smoothL1(double beta) {
    return new ProbabilityDistance(SMOOTH_L1, Ranges.positive(1, "beta", beta), 1);
  }

  @Override
  protected Tensor compose(MaskedBatch batch) {
    Tensor difference = batch.probabilities().sub(batch.oneHot());
    return batch.meanOverClasses(
        switch (name) {
          case L1 -> difference.abs();
          case MSE -> difference.square();
          default -> smooth(difference.abs());
        });
  }

  private Tensor smooth(Tensor distance) {
    // min(d, beta) d - min(d, beta)^2 / 2, over beta: both branches without a mask
    Tensor near = distance.clamp_max(new Scalar(beta));
    return near.mul(distance).sub(near.square().mul(new Scalar(0.5))).mul(new Scalar(1 / beta));
  }

  @Override
  public String toJson() {
    return LossOptions.toJson(name, name.equals(SMOOTH_L1) ? Map.of("beta", beta) : Map.of());
  }
}

package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.batch_norm;

import org.bytedeco.pytorch.Tensor;

/**
 * Batch normalisation (Ioffe, Szegedy, ICML 2015); PyTorch's {@code BatchNorm2d}: {@code weight},
 * {@code bias}, {@code running_mean}, {@code running_var}, {@code num_batches_tracked}. Recorded
 * statistics move by a tenth with each batch of a training.
 *
 * <p>In a part of the network that is frozen it uses recorded statistics also in trainings, and
 * records none.
 */
public final class BatchNorm implements Block {
  /** What is added to variances, in PyTorch and here. */
  public static final double EPSILON = 1e-5;

  private static final double MOMENTUM = 0.1;

  private final Parameter weight;
  private final Parameter bias;
  private final Parameter mean;
  private final Parameter variance;
  private final Counter batches;

  /**
   * Declares a norm whose weights begin at 1.
   *
   * @param scope its place
   * @param channels of its input
   */
  public BatchNorm(Scope scope, int channels) {
    this(scope, channels, 1);
  }

  /**
   * Declares a norm.
   *
   * @param scope its place
   * @param channels of its input
   * @param first value of its weights: at 0, what it ends begins as nothing
   */
  public BatchNorm(Scope scope, int channels, float first) {
    weight = scope.parameter("weight", Initial.constant(first), channels);
    bias = scope.parameter("bias", Initial.ZERO, channels);
    mean = scope.buffer("running_mean", 0, channels);
    variance = scope.buffer("running_var", 1, channels);
    batches = scope.counter("num_batches_tracked");
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    boolean learns = pass.training() && !weight.frozen();
    if (learns) {
      requireVariance(input);
      batches.increment();
    }
    return batch_norm(
        input,
        weight.optional(),
        bias.optional(),
        mean.optional(),
        variance.optional(),
        learns,
        MOMENTUM,
        EPSILON,
        false);
  }

  // The variance of one value is 0, and what is recorded of it 0/0, which ruins the network unseen.
  private static void requireVariance(Tensor input) {
    if (input.numel() == input.size(1)) {
      throw new IllegalArgumentException(
          "batch: expected at least 2 values of each channel in training, got 1; give batches of at"
              + " least 2 images, or larger ones");
    }
  }
}

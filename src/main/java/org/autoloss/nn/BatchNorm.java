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
   * Declares a norm.
   *
   * @param scope its place
   * @param channels of its input
   */
  public BatchNorm(Scope scope, int channels) {
    weight = scope.parameter("weight", Initial.constant(1), channels);
    bias = scope.parameter("bias", Initial.ZERO, channels);
    mean = scope.buffer("running_mean", 0, channels);
    variance = scope.buffer("running_var", 1, channels);
    batches = scope.counter("num_batches_tracked");
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    boolean learns = pass.training() && !weight.frozen();
    if (learns) {
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
}

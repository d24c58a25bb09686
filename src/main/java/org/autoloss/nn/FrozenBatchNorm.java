package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.batch_norm;

import org.bytedeco.pytorch.Tensor;

/**
 * Batch normalisation that learns nothing; torchvision's {@code FrozenBatchNorm2d}: {@code weight},
 * {@code bias}, {@code running_mean}, {@code running_var}, all of them buffers.
 */
public final class FrozenBatchNorm implements Block {
  private final double epsilon;
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter mean;
  private final Parameter variance;

  /**
   * Declares a norm.
   *
   * @param scope its place
   * @param channels of its input
   * @param epsilon added to variances
   */
  public FrozenBatchNorm(Scope scope, int channels, double epsilon) {
    this.epsilon = epsilon;
    weight = scope.buffer("weight", 1, channels);
    bias = scope.buffer("bias", 0, channels);
    mean = scope.buffer("running_mean", 0, channels);
    variance = scope.buffer("running_var", 1, channels);
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    return batch_norm(
        input,
        weight.optional(),
        bias.optional(),
        mean.optional(),
        variance.optional(),
        false,
        0,
        epsilon,
        false);
  }
}

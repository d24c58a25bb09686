package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.conv_transpose2d;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * A transposed convolution, which enlarges; PyTorch's {@code ConvTranspose2d}: {@code weight
 * [in,out,kernel,kernel]}, {@code bias}.
 */
public final class Deconvolution implements Block {
  private final Convolution.Plan plan;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * Declares a deconvolution.
   *
   * @param scope its place
   * @param plan its sizes: outputs have {@code (size - 1) * stride - 2 * padding + dilation *
   *     (kernel - 1) + 1} pixels a side
   */
  public Deconvolution(Scope scope, Convolution.Plan plan) {
    this.plan = plan;
    int kernel = plan.kernel();
    weight =
        scope.parameter(
            "weight", plan.initial(), plan.in(), plan.out() / plan.groups(), kernel, kernel);
    bias = plan.biased() ? scope.parameter("bias", Initial.ZERO, plan.out()) : null;
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    return conv_transpose2d(
        input,
        weight.tensor(),
        bias == null ? new TensorOptional() : bias.optional(),
        new long[] {plan.stride(), plan.stride()},
        new long[] {plan.padding(), plan.padding()},
        new long[] {0, 0},
        plan.groups(),
        plan.dilation(),
        plan.dilation());
  }
}

package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.conv2d;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** A convolution of square kernels; PyTorch's {@code Conv2d}: {@code weight}, {@code bias}. */
public final class Convolution implements Block {
  // oneDNN's backward pass of a 1x1 convolution with a stride writes past the end of its memory
  // where there are fewer input channels than this (libtorch 2.10, channels last): the pixels that
  // it would skip are then left out beforehand.
  private static final int FEWEST_CHANNELS = 16;

  // libtorch gives 1x1 convolutions of small batches on one thread to im2col and OpenBLAS. With a
  // dilation, of which one tap knows nothing, it gives them to oneDNN, which takes a third to a
  // seventh of the time (176 to 128 channels, [8,176,24,32], forth and back: 26 and 6.5 ms).
  private static final int DILATION_OF_ONE_TAP = 2;

  private final Plan plan;
  private final boolean narrow;
  private final boolean thinned;
  private final int dilation;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * Its sizes.
   *
   * @param in channels
   * @param out channels
   * @param kernel height and width of the kernel
   * @param stride between outputs
   * @param padding zeros on each side
   * @param dilation distance of the kernel's taps
   * @param groups into which channels are divided; as many as channels: depthwise
   * @param biased whether something is added to each output channel
   * @param initial first values of the weight; the bias begins at 0
   */
  public record Plan(
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int dilation,
      int groups,
      boolean biased,
      Initial initial) {
    /**
     * Stride 1, no dilation, no groups, no bias, outputs as large as inputs, He initialisation.
     *
     * @param in channels
     * @param out channels
     * @param kernel height and width of the kernel, odd
     * @return the plan
     */
    public static Plan of(int in, int out, int kernel) {
      return new Plan(in, out, kernel, 1, kernel / 2, 1, 1, false, Initial.he());
    }

    /**
     * Another stride; outputs are smaller by it.
     *
     * @param step between outputs
     * @return a new plan
     */
    public Plan withStride(int step) {
      return new Plan(in, out, kernel, step, padding, dilation, groups, biased, initial);
    }

    /**
     * Another dilation, and the padding that keeps the outputs' size.
     *
     * @param distance of the kernel's taps
     * @return a new plan
     */
    public Plan withDilation(int distance) {
      int around = distance * (kernel / 2);
      return new Plan(in, out, kernel, stride, around, distance, groups, biased, initial);
    }

    /**
     * Another padding.
     *
     * @param zeros on each side
     * @return a new plan
     */
    public Plan withPadding(int zeros) {
      return new Plan(in, out, kernel, stride, zeros, dilation, groups, biased, initial);
    }

    /**
     * One kernel for each channel.
     *
     * @return a new plan
     */
    public Plan depthwise() {
      return new Plan(in, out, kernel, stride, padding, dilation, in, biased, initial);
    }

    /**
     * With a bias.
     *
     * @return a new plan
     */
    public Plan withBias() {
      return new Plan(in, out, kernel, stride, padding, dilation, groups, true, initial);
    }

    /**
     * Other first values.
     *
     * @param values of the weight
     * @return a new plan
     */
    public Plan withInitial(Initial values) {
      return new Plan(in, out, kernel, stride, padding, dilation, groups, biased, values);
    }
  }

  /**
   * Declares a convolution.
   *
   * @param scope its place
   * @param plan its sizes
   */
  public Convolution(Scope scope, Plan plan) {
    this.plan = plan;
    narrow = NarrowConvolution.fits(plan);
    thinned =
        plan.kernel() == 1
            && plan.padding() == 0
            && plan.stride() > 1
            && plan.in() < FEWEST_CHANNELS;
    int kernel = plan.kernel();
    boolean wide = Math.min(plan.in(), plan.out()) >= FEWEST_CHANNELS;
    boolean pointwise = kernel == 1 && plan.stride() == 1 && plan.groups() == 1 && wide;
    dilation = pointwise ? DILATION_OF_ONE_TAP : plan.dilation();
    weight =
        scope.parameter(
            "weight", plan.initial(), plan.out(), plan.in() / plan.groups(), kernel, kernel);
    bias = plan.biased() ? scope.parameter("bias", Initial.ZERO, plan.out()) : null;
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    if (narrow) {
      Tensor added = bias == null ? null : bias.tensor();
      return NarrowConvolution.run(input, weight.tensor(), added, plan);
    }
    return thinned ? run(thin(input), 1) : run(input, plan.stride());
  }

  private Tensor run(Tensor input, long stride) {
    return conv2d(
        input,
        weight.tensor(),
        bias == null ? new TensorOptional() : bias.optional(),
        new long[] {stride, stride},
        new long[] {plan.padding(), plan.padding()},
        new long[] {dilation, dilation},
        plan.groups());
  }

  private Tensor thin(Tensor input) {
    LongOptional all = new LongOptional();
    return input.slice(2, all, all, plan.stride()).slice(3, all, all, plan.stride());
  }
}

package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.im2col;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * A convolution as a product of matrices, where channels are so few that they do not fill oneDNN's
 * vectors.
 *
 * <p>There libtorch's own convolutions, which are oneDNN's, cannot be relied upon. On an AMD Zen 5
 * with AVX-512 (libtorch 2.10) those of 3x3 kernels had wrong gradients by inputs of 1, 2, 4, 6 and
 * 12 channels, and networks of width 2 crashed in {@code brgemm_convolution_fwd_t::init_batch}; on
 * an Intel Xeon with AMX they were right. oneDNN can be switched off for the whole process only.
 * What is given up: the columns take the kernel's size times the memory of the input, which is
 * small where channels are few.
 */
final class NarrowConvolution {
  private static final int FEWEST = 16;
  private static final int VECTOR = 8; // floats in one of AVX2; AVX-512's halves are as good
  private static final int COLOURS = 3;

  private NarrowConvolution() {}

  /**
   * Whether a convolution is to be done here: one whose input or output channels do not fill a
   * vector. The first layer of a network is not, whose input, a picture, needs no gradient.
   */
  static boolean fits(Convolution.Plan plan) {
    return isNarrow(plan.out()) || isNarrow(plan.in()) && plan.in() != COLOURS;
  }

  private static boolean isNarrow(int channels) {
    return channels < FEWEST && channels % VECTOR != 0;
  }

  /**
   * Convolves.
   *
   * @param input {@code [N,in,H,W]}
   * @param weight {@code [out,in/groups,kernel,kernel]}
   * @param bias {@code [out]}, or null
   * @return {@code [N,out,H',W']}, channels last if the input is
   */
  static Tensor run(Tensor input, Tensor weight, Tensor bias, Convolution.Plan plan) {
    long height = extent(input.size(2), plan);
    long width = extent(input.size(3), plan);
    Tensor rows = product(input, weight, plan);
    Tensor output = bias == null ? rows : rows.add(bias.view(plan.out(), 1));
    Tensor images = output.view(input.size(0), plan.out(), height, width);
    return input.is_contiguous(MemoryFormat.ChannelsLast)
        ? images.contiguous(MemoryFormat.ChannelsLast)
        : images;
  }

  private static long extent(long size, Convolution.Plan plan) {
    long reach = (long) plan.dilation() * (plan.kernel() - 1) + 1;
    return (size + 2L * plan.padding() - reach) / plan.stride() + 1;
  }

  private static Tensor product(Tensor input, Tensor weight, Convolution.Plan plan) {
    if (plan.groups() == 1) {
      return weight.reshape(plan.out(), -1).matmul(columns(input, plan));
    }
    TensorVector parts = new TensorVector();
    long in = plan.in() / plan.groups();
    long out = plan.out() / plan.groups();
    for (int i = 0; i < plan.groups(); i++) {
      Tensor part = weight.narrow(0, i * out, out).reshape(out, -1);
      parts.push_back(part.matmul(columns(input.narrow(1, i * in, in), plan)));
    }
    return cat(parts, 1);
  }

  /** What each output pixel sees, {@code [N,in*kernel*kernel,H'*W']}. */
  private static Tensor columns(Tensor input, Convolution.Plan plan) {
    if (plan.kernel() == 1 && plan.padding() == 0) {
      LongOptional all = new LongOptional();
      Tensor seen =
          input.slice(2, all, all, plan.stride()).slice(3, all, all, plan.stride()); // views
      return seen.flatten(2, 3);
    }
    return im2col(
        input,
        new long[] {plan.kernel(), plan.kernel()},
        new long[] {plan.dilation(), plan.dilation()},
        new long[] {plan.padding(), plan.padding()},
        plan.stride(),
        plan.stride());
  }
}

package org.autoloss;

import org.autoloss.global.ops;
import org.autoloss.internal.Natives;

/** How the native kernels run: threads and instruction set. Settings hold for the whole process. */
public final class Kernels {
  /**
   * Goes up by 1 whenever the results of native losses change in their last digits, for the same
   * instruction set. Results that say nothing of it are from 1; with 2 the softmax of the CPU no
   * longer subtracts the largest logit, with 3 the exponential has a shorter polynomial and curves
   * are written in units of x, with 4 curves of BF1 share divisions in another way, with 5 the
   * slopes of BF1 are found with its sums, with 6 BF1 and SSIM add up in another order, and
   * hand-made means over pixels and weighted sums of fused losses are kernels of their own.
   */
  public static final int ROUNDING = 6;

  private Kernels() {}

  /**
   * Sets how many threads a kernel may use. Results do not depend on it, to the last bit.
   *
   * @param threads 1 or more; 0 restores the default, OpenMP's own number ({@code OMP_NUM_THREADS},
   *     else one for each processor)
   * @throws IllegalArgumentException if the number is negative
   */
  public static void setThreads(int threads) {
    if (threads < 0) {
      throw new IllegalArgumentException("threads: expected 0 (default) or more, got " + threads);
    }
    Natives.loadKernels();
    ops.set_num_threads(threads);
  }

  /**
   * How many threads a kernel may use.
   *
   * @return 1 or more
   */
  public static int threads() {
    Natives.loadKernels();
    return ops.num_threads();
  }

  /**
   * How many NVIDIA GPUs the kernels can use.
   *
   * @return 0 where the library was built without CUDA, or there is no driver or no GPU; see {@link
   *     #cudaStatus}
   */
  public static int cudaDevices() {
    Natives.loadKernels();
    return ops.cuda_device_count();
  }

  /**
   * Whether the kernels can use a GPU, and if not, why.
   *
   * @return a few words: {@code 2 GPU(s)}, or what is missing
   */
  public static String cudaStatus() {
    int devices = cudaDevices();
    return devices > 0 ? devices + " GPU(s)" : ops.cuda_status().getString();
  }

  /**
   * Chooses the instruction set, for tests and measurements.
   *
   * @param name {@code auto} (the widest that the processor has), {@code baseline}, {@code avx2} or
   *     {@code avx512}; the baseline of x86-64 is SSE2, that of arm64, which has no other, NEON
   * @throws IllegalArgumentException if the name is unknown or the processor lacks it
   */
  public static void setInstructionSet(String name) {
    Natives.loadKernels();
    try {
      ops.set_cpu_isa(name);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * The instruction set in use.
   *
   * @return {@code baseline}, {@code avx2} or {@code avx512}
   */
  public static String instructionSet() {
    Natives.loadKernels();
    return ops.cpu_isa().getString();
  }
}

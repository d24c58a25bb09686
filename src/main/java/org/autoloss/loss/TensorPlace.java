package org.autoloss.loss;

import java.util.function.LongSupplier;
import org.autoloss.global.ops;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * Where tensors are, as native operations on bare arrays are told: on the CPU, or on a GPU, and
 * there on which stream libtorch works.
 *
 * @param device the GPU's number; -1 for the CPU
 * @param stream on a GPU the {@code cudaStream_t} that libtorch is on; null is the default stream
 */
public record TensorPlace(int device, Pointer stream) {
  private static final int CPU = -1;

  /**
   * The place of a tensor, and the stream of the calling thread.
   *
   * @param tensor on the CPU or on a GPU
   * @return its place
   * @throws org.autoloss.NativeLossException if libtorch's CUDA library is not there to ask
   */
  public static TensorPlace of(Tensor tensor) {
    if (tensor.is_cpu()) {
      return new TensorPlace(CPU, null);
    }
    int device = tensor.device().index();
    return new TensorPlace(device, currentStream(device));
  }

  /** The stream that libtorch's work of the calling thread goes to; null is the default stream. */
  static Pointer currentStream(int device) {
    try {
      return ops.cuda_current_stream(device);
    } catch (RuntimeException e) {
      throw DeviceFailures.translate(e);
    }
  }

  /**
   * Calls a native operation that gives a number.
   *
   * @param operation takes memory of this place
   * @return what the operation returns
   * @throws IllegalArgumentException if an argument is bad
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static long value(LongSupplier operation) {
    try {
      return operation.getAsLong();
    } catch (RuntimeException e) {
      throw DeviceFailures.translate(e);
    }
  }

  /**
   * Calls a native operation.
   *
   * @param operation takes memory of this place
   * @throws IllegalArgumentException if an argument is bad
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static void run(Runnable operation) {
    value(
        () -> {
          operation.run();
          return 0;
        });
  }
}

package org.autoloss.internal;

import java.util.function.Consumer;
import org.autoloss.NativeLossException;
import org.autoloss.global.ops;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/** What native code throws on the way to a GPU, as exceptions of Java. */
public final class DeviceFailures {
  private static final String CUDA = "CUDA, ";
  private static final String EXPECTED = ": expected ";

  private DeviceFailures() {}

  /**
   * Runs native operations on a GPU.
   *
   * @param operations what to run
   * @throws NativeLossException if CUDA fails
   * @throws IllegalArgumentException if an argument is bad
   */
  public static void run(Runnable operations) {
    try {
      operations.run();
    } catch (RuntimeException e) {
      throw translate(e);
    }
  }

  /**
   * Runs a native operation where a tensor is.
   *
   * @param on the tensor
   * @param cpu runs the operation of the CPU
   * @param gpu runs that of a GPU, on the stream that it is given: the one that libtorch is on
   * @throws NativeLossException if CUDA fails
   */
  public static void run(Tensor on, Runnable cpu, Consumer<Pointer> gpu) {
    if (on.is_cuda()) {
      run(() -> gpu.accept(ops.cuda_current_stream(on.device().index())));
    } else {
      cpu.run();
    }
  }

  // JavaCPP makes a RuntimeException of whatever native code throws and keeps its message, by which
  // failures of the device and bad arguments are told apart.
  private static RuntimeException translate(RuntimeException e) {
    String message = e.getMessage();
    if (message != null && message.startsWith(CUDA)) {
      return new NativeLossException(e);
    }
    if (message != null && e.getClass() == RuntimeException.class && message.contains(EXPECTED)) {
      return new IllegalArgumentException(message, e);
    }
    return e;
  }
}

package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.Arrays;
import java.util.Locale;
import org.autoloss.Kernels;
import org.autoloss.loss.Loss;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Seeded logits that require a gradient, and labels; one step of training on them. */
final class Batch {
  final Tensor logits;
  final Tensor labels;

  /**
   * A batch.
   *
   * @param size {@code NxCxHxW}
   * @param kind of the labels, see {@link LabelMaps}
   * @param threads for libtorch and for the native kernels
   */
  Batch(String size, String kind, int threads) {
    this(size, kind, threads, "cpu");
  }

  /**
   * A batch on a device.
   *
   * @param device {@code cpu} or {@code cuda}
   * @throws IllegalStateException if there is no such device; JMH prints the sentence and goes on
   *     with the next benchmark
   */
  Batch(String size, String kind, int threads, String device) {
    checkDevice(device);
    setThreads(threads);
    int[] s = Arrays.stream(size.split("x")).mapToInt(Integer::parseInt).toArray();
    manual_seed(7);
    Tensor z = randn(new long[] {s[0], s[1], s[2], s[3]}).mul(new Scalar(2.0)).detach();
    Tensor y = Tensor.create(LabelMaps.of(kind, s[0], s[1], s[2], s[3]), s[0], s[2], s[3]);
    logits = z.to(new Device(device), z.scalar_type()).set_requires_grad(true);
    labels = y.to(new Device(device), y.scalar_type());
    logits.retainReference();
    labels.retainReference();
  }

  private static void checkDevice(String device) {
    if (device.equals("cpu")) {
      return;
    }
    if (!device.equals("cuda")) {
      throw new IllegalStateException("device: expected cpu or cuda, got " + device);
    }
    if (Kernels.cudaDevices() == 0) {
      throw new IllegalStateException("skipped, device=cuda: " + Kernels.cudaStatus());
    }
    if (!torch.cuda_is_available()) {
      throw new IllegalStateException("skipped, device=cuda: libtorch finds no GPU");
    }
  }

  /** Sets the threads of libtorch and of the native kernels. */
  static void setThreads(int threads) {
    // OpenBLAS's own threads would spin against those that are measured
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(threads);
    Kernels.setThreads(threads);
  }

  long n() {
    return logits.size(0);
  }

  long c() {
    return logits.size(1);
  }

  long h() {
    return logits.size(2);
  }

  long w() {
    return logits.size(3);
  }

  long pixels() {
    return labels.numel();
  }

  /** Value and gradient, as a training step has them: the gradient is fresh each time. */
  float step(Loss loss) {
    try (PointerScope scope = new PointerScope()) {
      Tensor value = loss.apply(logits, labels);
      value.backward();
      logits.mutable_grad().reset();
      return value.item_float();
    }
  }

  /**
   * Compares two losses that are to be the same.
   *
   * @throws IllegalStateException if the values differ by more than 1e-5 or the gradients by more
   *     than 1e-3 of their norm
   */
  void check(Loss ours, Loss expected) {
    try (PointerScope scope = new PointerScope()) {
      Tensor value = expected.apply(logits, labels);
      value.backward();
      Tensor gradient = logits.grad().clone();
      logits.mutable_grad().reset();
      Tensor got = ours.apply(logits, labels);
      got.backward();
      float error = logits.grad().sub(gradient).norm().item_float() / gradient.norm().item_float();
      logits.mutable_grad().reset();
      if (!(Math.abs(got.item_float() - value.item_float()) <= 1e-5 && error <= 1e-3)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "expected a loss of %s, got %s; relative error of the gradient %s",
                value.item_float(),
                got.item_float(),
                error));
      }
    }
  }
}

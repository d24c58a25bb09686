package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;

import org.autoloss.global.ops;
import org.autoloss.loss.Loss;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Seeded logits that require a gradient, and labels; one step of training on them. */
final class Batch {
  final Tensor logits;
  final Tensor labels;

  /**
   * A batch.
   *
   * @param size {@code NxCxHxW}
   * @param threads for libtorch and for the native kernels
   */
  Batch(String size, int threads) {
    // OpenBLAS's own threads would spin against those that are measured
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(threads);
    ops.set_num_threads(threads);
    long[] s = java.util.Arrays.stream(size.split("x")).mapToLong(Long::parseLong).toArray();
    manual_seed(7);
    logits = randn(s).mul(new Scalar(2.0)).detach().set_requires_grad(true);
    labels = randint(s[1], new long[] {s[0], s[2], s[3]}).to(ScalarType.Long);
    logits.retainReference();
    labels.retainReference();
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
}

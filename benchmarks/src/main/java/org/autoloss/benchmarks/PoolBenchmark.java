package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.ones_like;

import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The largest value of each window at stride 1, alone and with its gradient: ours, at a cost that
 * does not grow with the window, and libtorch's {@code max_pool2d}.
 *
 * <p>Run: {@code benchmarks/run.sh PoolBenchmark}; {@code -p window=3,11,33} for a wider one, which
 * libtorch takes seconds for
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PoolBenchmark {
  /** Sizes of the tensor, {@code NxCxHxW}. */
  @Param("8x21x128x128")
  public String size;

  /** Side of the window. */
  @Param({"3", "11"})
  public int window;

  /** Threads of libtorch and of the kernels. */
  @Param("2")
  public int threads;

  private Batch batch;
  private Tensor values;
  private Tensor upstream;
  private Tensor pooled;
  private Tensor gradient;

  /** Makes the tensor, and checks our results against libtorch's. */
  @Setup(Level.Trial)
  public void setUp() {
    batch = new Batch(size, "noise", threads);
    values = batch.logits;
    try (PointerScope scope = new PointerScope()) {
      upstream = ones_like(values).retainReference();
      pooled = ones_like(values).retainReference();
      gradient = ones_like(values).retainReference();
      Tensor expected = ComposedBoundary.largest(values, window);
      backward(expected);
      oursWithGradient();
      if (!pooled.equal(expected) || !gradient.equal(values.grad())) {
        throw new IllegalStateException("pooling: expected libtorch's results, got others");
      }
      values.mutable_grad().reset();
    }
  }

  /**
   * Our pooling into memory that is there.
   *
   * @return the first value
   */
  @Benchmark
  public float ours() {
    try (PointerScope scope = new PointerScope()) {
      FloatPointer out = pooled.data_ptr_float();
      values().run(b -> ops.pool(ops.POOL_MAX, window, b, out));
      return out.get();
    }
  }

  /**
   * Our pooling and its gradient.
   *
   * @return the first value of the gradient
   */
  @Benchmark
  public float oursWithGradient() {
    ours();
    try (PointerScope scope = new PointerScope()) {
      FloatPointer out = gradient.data_ptr_float();
      FloatPointer byResult = upstream.data_ptr_float();
      values().run(b -> ops.pool_gradient(ops.POOL_MAX, window, b, byResult, out));
      return out.get();
    }
  }

  private LogitsBatch values() {
    return LogitsBatch.ofValues(new Shape(batch.n(), batch.c(), batch.h(), batch.w()), values);
  }

  /**
   * libtorch's pooling.
   *
   * @return the number of its values
   */
  @Benchmark
  public long torch() {
    try (PointerScope scope = new PointerScope()) {
      return ComposedBoundary.largest(values.detach(), window).numel();
    }
  }

  /**
   * libtorch's pooling and its gradient.
   *
   * @return the number of its values
   */
  @Benchmark
  public long torchWithGradient() {
    try (PointerScope scope = new PointerScope()) {
      Tensor result = ComposedBoundary.largest(values, window);
      backward(result);
      values.mutable_grad().reset();
      return result.numel();
    }
  }

  private void backward(Tensor result) {
    result.backward(upstream, new BoolOptional(), false, new TensorArrayRefOptional());
  }
}

package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.cuda_synchronize;
import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.randn_like;

import java.util.concurrent.TimeUnit;
import org.autoloss.global.ops;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * On an NVIDIA GPU, the largest value of each window at stride 1, alone and with its gradient: ours
 * and cuDNN's in its deterministic mode.
 *
 * <p>Run: as {@link CudnnSoftmaxBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CudnnPoolBenchmark {

  /** Sizes of the tensor, {@code NxCxHxW}. */
  @Param("16x21x512x512")
  public String size;

  /** Side of the window. */
  @Param({"3", "11"})
  public int window;

  private Batch batch;
  private Cudnn cudnn;
  private Tensor values;
  private Tensor pooled;
  private Tensor upstream;
  private Tensor gradient;

  /** Makes the tensors, and checks our results against cuDNN's. */
  @Setup(Level.Trial)
  public void setUp() {
    batch = new Batch(size, "noise", 1, "cuda");
    values = batch.logits;
    cudnn = new Cudnn(values, window);
    try (PointerScope scope = new PointerScope()) {
      Tensor like = values.detach();
      pooled = ones_like(like).retainReference();
      gradient = ones_like(like).retainReference();
      upstream = randn_like(like).retainReference();
      cudnnWithGradient();
      Tensor expected = pooled.clone();
      Tensor expectedGradient = gradient.clone();
      oursWithGradient();
      if (!pooled.equal(expected) || !gradient.allclose(expectedGradient, 1e-4, 1e-4, false)) {
        throw new IllegalStateException("pooling: expected cuDNN's results, got others");
      }
    }
  }

  /** Closes cuDNN. */
  @TearDown(Level.Trial)
  public void tearDown() {
    cudnn.close();
  }

  /** Our pooling. */
  @Benchmark
  public void ours() {
    pool();
    cuda_synchronize();
  }

  /** Our pooling and its gradient. */
  @Benchmark
  public void oursWithGradient() {
    pool();
    try (PointerScope scope = new PointerScope()) {
      FloatPointer byResult = upstream.data_ptr_float();
      FloatPointer out = gradient.data_ptr_float();
      values().run(b -> ops.pool_gradient(ops.POOL_MAX, window, b, byResult, out));
    }
    cuda_synchronize();
  }

  private void pool() {
    try (PointerScope scope = new PointerScope()) {
      FloatPointer out = pooled.data_ptr_float();
      values().run(b -> ops.pool(ops.POOL_MAX, window, b, out));
    }
  }

  private LogitsBatch values() {
    return LogitsBatch.ofValues(new Shape(batch.n(), batch.c(), batch.h(), batch.w()), values);
  }

  /** cuDNN's pooling. */
  @Benchmark
  public void cudnn() {
    cudnn.pool(values, pooled);
    cuda_synchronize();
  }

  /** cuDNN's pooling and its gradient. */
  @Benchmark
  public void cudnnWithGradient() {
    cudnn.pool(values, pooled);
    cudnn.poolGradient(values, pooled, upstream, gradient);
    cuda_synchronize();
  }
}

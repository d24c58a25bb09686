package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.cuda_synchronize;
import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.randn_like;

import java.util.concurrent.TimeUnit;
import org.autoloss.loss.Loss;
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
 * On an NVIDIA GPU: cuDNN's softmax over classes and its gradient, which any loss of probabilities
 * needs, and a whole surrogate of ours, which has the softmax within. cuDNN moves five tensors (two
 * reads and a write back, a read and a write there), ours three.
 *
 * <p>Run: {@code mvn -Pgpu install -DskipTests}, {@code mvn -Pgpu -f benchmarks/pom.xml package},
 * {@code java -jar benchmarks/target/benchmarks.jar Cudnn}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CudnnSoftmaxBenchmark {
  /** Sizes of the logits, {@code NxCxHxW}. */
  @Param("16x21x512x512")
  public String size;

  /** Our loss, as {@link Loss#parse} reads it. */
  @Param({"asl:mIoU", "asl:BF1"})
  public String loss;

  private Batch batch;
  private Cudnn cudnn;
  private Loss ours;
  private Tensor probabilities;
  private Tensor upstream;
  private Tensor gradient;

  /** Makes the batch, and checks cuDNN's results against libtorch's. */
  @Setup(Level.Trial)
  public void setUp() {
    batch = new Batch(size, "shapes", 1, "cuda");
    cudnn = new Cudnn(batch.logits, 1);
    ours = Loss.parse(loss);
    try (PointerScope scope = new PointerScope()) {
      Tensor like = batch.logits.detach();
      probabilities = ones_like(like).retainReference();
      gradient = ones_like(like).retainReference();
      upstream = randn_like(like).retainReference();
      cudnn();
      Tensor expected = batch.logits.softmax(1);
      expected.mul(upstream).sum().backward();
      if (!probabilities.allclose(expected.detach(), 1e-4, 1e-6, false)
          || !gradient.allclose(batch.logits.grad(), 1e-3, 1e-5, false)) {
        throw new IllegalStateException("softmax: expected libtorch's results, got others");
      }
      batch.logits.mutable_grad().reset();
    }
  }

  /** Closes both sides. */
  @TearDown(Level.Trial)
  public void tearDown() {
    cudnn.close();
    ours.close();
  }

  /** cuDNN's softmax and its gradient. */
  @Benchmark
  public void cudnn() {
    cudnn.softmax(batch.logits, probabilities);
    cudnn.softmaxGradient(probabilities, upstream, gradient);
    cuda_synchronize();
  }

  /** The value and the gradient of our loss; the backward pass would be one product more. */
  @Benchmark
  public void ours() {
    try (PointerScope scope = new PointerScope()) {
      ours.apply(batch.logits, batch.labels);
      cuda_synchronize();
    }
  }
}

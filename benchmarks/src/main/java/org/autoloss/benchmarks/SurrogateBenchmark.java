package org.autoloss.benchmarks;

import java.util.concurrent.TimeUnit;
import org.autoloss.loss.CrossEntropyLoss;
import org.autoloss.loss.Loss;
import org.autoloss.metric.Metric;
import org.autoloss.surrogate.SurrogateLoss;
import org.autoloss.surrogate.SurrogateParameters;
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
 * One step, value and gradient through {@code apply} and {@code backward}: the fused surrogates,
 * the mIoU surrogate composed of libtorch operations, and libtorch's cross entropy.
 *
 * <p>Run: {@code benchmarks/run.sh SurrogateBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class SurrogateBenchmark {
  /** Sizes of the logits, {@code NxCxHxW}. */
  @Param({"8x21x128x128", "1x2x8x8"})
  public String size;

  /** The loss: {@code torch-ce} is libtorch's own, without our handling of ignored pixels. */
  @Param({"torch-ce", "ce", "asl:mIoU", "asl:FWIoU", "asl:mAcc", "asl:gAcc", "composed:mIoU"})
  public String loss;

  /** Threads of libtorch and of the kernels. */
  @Param("2")
  public int threads;

  private Batch batch;
  private Loss subject;

  /** Makes the batch, and checks the fused surrogate against the composed one. */
  @Setup(Level.Trial)
  public void setUp() {
    batch = new Batch(size, threads);
    SurrogateParameters published = SurrogateParameters.published(Metric.MIOU);
    subject =
        switch (loss) {
          case "torch-ce" -> new TorchCrossEntropy();
          case "ce" -> new CrossEntropyLoss();
          case "composed:mIoU" -> new ComposedSurrogate(published);
          default -> Loss.parse(loss);
        };
    try (Loss fused = SurrogateLoss.of(published);
        Loss composed = new ComposedSurrogate(published)) {
      float expected = batch.step(composed);
      float got = batch.step(fused);
      if (!(Math.abs(got - expected) <= 1e-5)) {
        throw new IllegalStateException("expected a loss of " + expected + ", got " + got);
      }
    }
  }

  /** Closes the loss. */
  @TearDown(Level.Trial)
  public void tearDown() {
    subject.close();
  }

  /**
   * One step.
   *
   * @return the value
   */
  @Benchmark
  public float step() {
    return batch.step(subject);
  }
}

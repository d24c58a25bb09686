package org.autoloss.benchmarks;

import java.util.concurrent.TimeUnit;
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
 * One step, value and gradient through {@code apply} and {@code backward}, tolerance 5: the fused
 * boundary surrogates, the BF1 surrogate composed of libtorch operations, and libtorch's cross
 * entropy.
 *
 * <p>Run: {@code benchmarks/run.sh BoundaryBenchmark}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BoundaryBenchmark {
  /** Sizes of the logits, {@code NxCxHxW}. */
  @Param("8x21x128x128")
  public String size;

  /** Kind of the labels, see {@link LabelMaps}: {@code noise} is the worst case. */
  @Param({"shapes", "noise"})
  public String labels;

  /** The loss, as {@link Steps} names it. */
  @Param({"torch:ce", "asl:BIoU", "asl:BF1", "composed:asl:BF1"})
  public String loss;

  /** {@code cpu}, or {@code cuda} ({@code -p device=cuda}) where there is a GPU. */
  @Param("cpu")
  public String device;

  /** Threads of libtorch and of the kernels. */
  @Param("2")
  public int threads;

  private Steps steps;

  /** Makes the batch; checks the fused BF1 surrogate against the composed one. */
  @Setup(Level.Trial)
  public void setUp() {
    steps = new Steps(new Batch(size, labels, threads, device), loss, "asl:BF1");
  }

  /** Closes the loss. */
  @TearDown(Level.Trial)
  public void tearDown() {
    steps.close();
  }

  /**
   * One step.
   *
   * @return the value
   */
  @Benchmark
  public float step() {
    return steps.step();
  }
}

package org.autoloss.benchmarks;

import java.util.concurrent.TimeUnit;
import org.autoloss.Kernels;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of a loss, value and gradient through {@code apply} and {@code backward}. Subclasses say
 * which losses, on which batches.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public abstract class StepBenchmark {
  /** {@code cpu}, or {@code cuda} ({@code -p device=cuda}) where there is a GPU. */
  @Param("cpu")
  public String device;

  /** Threads of libtorch and of the kernels. */
  @Param("2")
  public int threads;

  /** Instruction set of the kernels, as {@code Kernels.setInstructionSet} names it. */
  @Param("auto")
  public String isa;

  private Steps steps;

  /**
   * Makes the batch and the loss, and checks a native loss against the composed one.
   *
   * @param size of the logits, {@code NxCxHxW}
   * @param labels their kind, see {@link LabelMaps}
   * @param loss as {@link Steps} names it
   * @param checked the native loss
   */
  void makeReady(String size, String labels, String loss, String checked) {
    Kernels.setInstructionSet(isa);
    steps = new Steps(new Batch(size, labels, threads, device), loss, checked);
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

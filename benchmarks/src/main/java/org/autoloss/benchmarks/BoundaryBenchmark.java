package org.autoloss.benchmarks;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One step, value and gradient through {@code apply} and {@code backward}, tolerance 5: the fused
 * boundary surrogates, the BF1 surrogate composed of libtorch operations, and libtorch's cross
 * entropy.
 *
 * <p>Run: {@code benchmarks/run.sh BoundaryBenchmark}
 */
public class BoundaryBenchmark extends StepBenchmark {
  /** Sizes of the logits, {@code NxCxHxW}. */
  @Param("8x21x128x128")
  public String size;

  /** Kind of the labels, see {@link LabelMaps}: {@code noise} is the worst case. */
  @Param({"shapes", "noise"})
  public String labels;

  /** The loss, as {@link Steps} names it. */
  @Param({"torch:ce", "asl:BIoU", "asl:BF1", "composed:asl:BF1"})
  public String loss;

  /** Makes the batch; checks the fused BF1 surrogate against the composed one. */
  @Setup(Level.Trial)
  public void setUp() {
    makeReady(size, labels, loss, "asl:BF1");
  }
}

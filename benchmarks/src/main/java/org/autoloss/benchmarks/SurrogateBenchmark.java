package org.autoloss.benchmarks;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One step, value and gradient through {@code apply} and {@code backward}: the fused region
 * surrogates, the mIoU surrogate composed of libtorch operations, and libtorch's cross entropy.
 *
 * <p>Run: {@code benchmarks/run.sh SurrogateBenchmark}
 */
public class SurrogateBenchmark extends StepBenchmark {
  /** Sizes of the logits, {@code NxCxHxW}. */
  @Param({"8x21x128x128", "1x2x8x8"})
  public String size;

  /** Kind of the labels, see {@link LabelMaps}. */
  @Param("shapes")
  public String labels;

  /** The loss, as {@link Steps} names it. */
  @Param({"torch:ce", "ce", "asl:mIoU", "asl:FWIoU", "asl:mAcc", "asl:gAcc", "composed:asl:mIoU"})
  public String loss;

  /** Makes the batch; checks the fused mIoU surrogate against the composed one. */
  @Setup(Level.Trial)
  public void setUp() {
    makeReady(size, labels, loss, "asl:mIoU");
  }
}

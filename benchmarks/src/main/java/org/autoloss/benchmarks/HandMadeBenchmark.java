package org.autoloss.benchmarks;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One step, value and gradient through {@code apply} and {@code backward}: the hand-made losses,
 * Lovász-Softmax composed of libtorch operations, and libtorch's cross entropy.
 *
 * <p>Run: {@code benchmarks/run.sh HandMadeBenchmark}
 */
public class HandMadeBenchmark extends StepBenchmark {
  /** Sizes of the logits, {@code NxCxHxW}. */
  @Param("8x21x128x128")
  public String size;

  /** Kind of the labels, see {@link LabelMaps}. */
  @Param("shapes")
  public String labels;

  /** The loss, as {@link Steps} names it. */
  @Param({
    "torch:ce",
    "composed:lovasz",
    "lovasz",
    "lovasz:per_image",
    "dice",
    "jaccard",
    "ssim",
    "basnet",
    "wce",
    "wce:border",
    "dpce",
    "focal",
    "boundary"
  })
  public String loss;

  /** Makes the batch; checks the native Lovász-Softmax against the composed one. */
  @Setup(Level.Trial)
  public void setUp() {
    makeReady(size, labels, loss, "lovasz");
  }
}

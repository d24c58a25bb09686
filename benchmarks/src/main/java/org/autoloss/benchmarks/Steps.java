package org.autoloss.benchmarks;

import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.surrogate.SurrogateParameters;

/**
 * What the benchmarks of losses share: steps of one loss on one batch.
 *
 * <p>A loss is named as everywhere ({@link Loss#parse}), or {@code torch:ce}, which is libtorch's
 * own cross entropy without our handling of ignored pixels, or {@code composed:NAME}, which is NAME
 * written with libtorch operations.
 */
final class Steps implements AutoCloseable {
  private final Batch batch;
  private final Loss loss;

  /**
   * Checks a native loss against the composed one, value and gradient, and makes ready what is
   * measured.
   *
   * @param loss what is measured
   * @param checked which native loss is checked, one that can be {@code composed:} too
   */
  Steps(Batch batch, String loss, String checked) {
    this.batch = batch;
    try (Loss ours = parse(checked);
        Loss expected = parse("composed:" + checked)) {
      batch.check(ours, expected);
    }
    this.loss = parse(loss);
  }

  private static Loss parse(String name) {
    return switch (name) {
      case "torch:ce" -> new TorchCrossEntropy();
      case "composed:lovasz" -> new ComposedLovasz();
      case "composed:asl:mIoU" ->
          new ComposedSurrogate(SurrogateParameters.published(SegmentationMetric.MIOU));
      case "composed:asl:BF1" ->
          new ComposedBoundary(SurrogateParameters.published(SegmentationMetric.BF1));
      default -> Loss.parse(name);
    };
  }

  /** One step: the value. */
  float step() {
    return batch.step(loss);
  }

  @Override
  public void close() {
    loss.close();
  }
}

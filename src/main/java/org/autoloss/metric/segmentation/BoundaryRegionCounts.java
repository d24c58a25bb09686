package org.autoloss.metric.segmentation;

import java.util.Arrays;
import org.autoloss.global.ops;

/** What {@link SegmentationMetric#CHENG_BIOU} is made of, added up over a data set. */
final class BoundaryRegionCounts {
  private final ClassPolicy policy;
  private final BoundaryDistances distances;
  private final long[] counts; // [3][C], as the native operation fills it

  BoundaryRegionCounts(int classes, ClassPolicy policy, BoundaryDistances distances) {
    this.policy = policy;
    this.distances = distances;
    this.counts = new long[3 * classes];
  }

  void add(PredictedBatch predicted) {
    int type = predicted.predictionType().code();
    long distance = distances.regionPixels(predicted.shape().h(), predicted.shape().w());
    DeviceCounts.add(
        counts,
        predicted.batch(),
        (b, to) -> ops.count_boundary_regions(predicted.predictions(), type, b, distance, to));
  }

  /**
   * IoU of the boundary regions of each class: without class 0 where the background is dropped. NaN
   * where a class is neither predicted nor labelled.
   */
  double[] classIoU() {
    int classes = counts.length / 3;
    double[] iou = new double[classes];
    for (int c = 0; c < classes; c++) {
      long both = counts[c];
      iou[c] = (double) both / (counts[classes + c] + counts[2 * classes + c] - both);
    }
    return Arrays.copyOfRange(iou, policy.dropBackground() ? 1 : 0, classes);
  }
}

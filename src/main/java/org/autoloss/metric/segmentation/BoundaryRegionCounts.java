package org.autoloss.metric.segmentation;

import java.util.Arrays;
import org.autoloss.global.ops;
import org.autoloss.loss.CudaBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.pytorch.Tensor;

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

  void add(PredictedBatch batch) {
    Shape shape = batch.shape();
    DeviceCounts.add(
        counts,
        memory ->
            ops.count_boundary_regions(
                batch.predictions(),
                batch.predictionType().code(),
                batch.labels(),
                batch.labelType().code(),
                distances.regionPixels(shape.h(), shape.w()),
                shape.n(),
                shape.c(),
                shape.h(),
                shape.w(),
                memory));
  }

  /** The same on the GPU that the batch is on. */
  void add(CudaBatch batch, Tensor predictions) {
    Shape shape = batch.shape();
    DeviceCounts.add(
        counts,
        predictions,
        memory ->
            ops.count_boundary_regions(
                predictions.data_ptr(),
                ops.LABEL_INT32,
                batch.labels(),
                batch.labelType().code(),
                distances.regionPixels(shape.h(), shape.w()),
                shape.n(),
                shape.c(),
                shape.h(),
                shape.w(),
                memory,
                batch.stream()));
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

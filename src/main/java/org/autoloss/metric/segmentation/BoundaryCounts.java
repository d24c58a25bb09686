package org.autoloss.metric.segmentation;

import org.autoloss.global.ops;

/**
 * What BIoU and BF1 are made of, added up over a data set: pixels near label edges that are
 * predicted right, predicted, and labelled; and edges of each class that find one of their class
 * within the tolerance.
 */
final class BoundaryCounts {
  private final int classes;
  private final ClassPolicy policy;
  private final long[] counts; // [7][C], as the native operation fills it

  BoundaryCounts(int classes, ClassPolicy policy) {
    this.classes = classes;
    this.policy = policy;
    this.counts = new long[7 * classes];
  }

  void add(PredictedBatch predicted) {
    int type = predicted.predictionType().code();
    int drop = policy.dropBackground() ? 1 : 0;
    int ignored = policy.ignoredEdges().code();
    DeviceCounts.add(
        counts,
        predicted.batch(),
        (b, to) ->
            ops.count_boundaries(
                predicted.predictions(), type, b, policy.tolerance(), drop, ignored, to));
  }

  /** IoU of each class near label edges; NaN where it is neither predicted nor labelled there. */
  double[] classIoU() {
    double[] iou = new double[classes];
    for (int c = 0; c < classes; c++) {
      iou[c] = (double) at(0, c) / (at(1, c) + at(2, c) - at(0, c));
    }
    return iou;
  }

  /**
   * F measure of each class whose boundaries count: without class 0 where the background is
   * dropped. NaN where a class has no label edge.
   */
  double[] classF1() {
    int first = policy.dropBackground() ? 1 : 0;
    double[] f = new double[classes - first];
    for (int c = first; c < classes; c++) {
      f[c - first] =
          at(5, c) == 0 ? Double.NaN : FMeasure.of(at(4, c), at(3, c), at(6, c), at(5, c));
    }
    return f;
  }

  private long at(int row, int c) {
    return counts[row * classes + c];
  }
}

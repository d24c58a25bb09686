package org.autoloss.metric.segmentation;

import org.autoloss.global.ops;
import org.autoloss.loss.Shape;

/**
 * {@link SegmentationMetric#CSURKA_BF}, image by image. Images are added in their order, so that
 * the size of the batches does not change a bit.
 */
final class BoundaryMatches {
  private final int classes;
  private final int first; // 1 where the background is dropped
  private final BoundaryDistances distances;
  private final double[] sums; // of each class's F, over the images with a boundary of it
  private final long[] images; // how many those are
  private double total; // of the images' means
  private long measured; // images with a mean

  BoundaryMatches(int classes, ClassPolicy policy, BoundaryDistances distances) {
    this.classes = classes;
    this.first = policy.dropBackground() ? 1 : 0;
    this.distances = distances;
    this.sums = new double[classes - first];
    this.images = new long[classes - first];
  }

  void add(PredictedBatch predicted) {
    Shape shape = predicted.shape();
    if (shape.pixels() == 0) {
      return;
    }
    long[] counts = new long[Math.toIntExact(4 * shape.n() * classes)]; // [N][4][C]
    int type = predicted.predictionType().code();
    double distance = distances.matchPixels(shape.h(), shape.w());
    DeviceCounts.add(
        counts,
        predicted.batch(),
        (b, to) -> ops.count_boundary_matches(predicted.predictions(), type, b, distance, to));
    addImages(counts, shape);
  }

  private void addImages(long[] counts, Shape shape) {
    for (int image = 0; image < shape.n(); image++) {
      addImage(counts, 4 * image * classes);
    }
  }

  private void addImage(long[] counts, int offset) {
    double sum = 0;
    int present = 0;
    for (int c = first; c < classes; c++) {
      long labelled = counts[offset + 2 * classes + c];
      if (labelled > 0) {
        long predicted = counts[offset + c];
        long matched = counts[offset + classes + c];
        double f = FMeasure.of(matched, predicted, counts[offset + 3 * classes + c], labelled);
        sums[c - first] += f;
        images[c - first]++;
        sum += f;
        present++;
      }
    }
    if (present > 0) {
      total += sum / present;
      measured++;
    }
  }

  /** The mean over the images; NaN where none has a labelled boundary. */
  double mean() {
    return total / measured;
  }

  /**
   * Each class's mean over the images in which it has a labelled boundary: without class 0 where
   * the background is dropped. NaN where it has none.
   */
  double[] classF() {
    double[] means = new double[sums.length];
    for (int c = 0; c < means.length; c++) {
      means[c] = sums[c] / images[c];
    }
    return means;
  }
}

package org.autoloss.metric.segmentation;

import java.util.Arrays;
import org.autoloss.global.ops;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.autoloss.loss.TensorChecks;

/**
 * Pixels of each class that are predicted right, predicted, and labelled: all that the region
 * metrics need, added up over a data set. Ignored pixels do not count.
 */
public final class ConfusionCounts {
  private final int classes;
  private final long[] counts; // [3][C], as the native operation fills it

  /**
   * No pixel yet.
   *
   * @param classes how many classes there are, 2 to 1,024
   * @throws IllegalArgumentException if the number of classes is out of range
   */
  public ConfusionCounts(int classes) {
    this.classes = Math.toIntExact(TensorChecks.requireClasses(new Shape(0, classes, 0, 0)).c());
    this.counts = new long[3 * classes];
  }

  /**
   * How many classes there are.
   *
   * @return 2 to 1,024
   */
  public int classes() {
    return classes;
  }

  /**
   * Pixels of a class that are predicted right.
   *
   * @param c the class
   * @return 0 or more
   */
  public long correct(int c) {
    return counts[c];
  }

  /**
   * Pixels that are predicted to be of a class.
   *
   * @param c the class
   * @return 0 or more
   */
  public long predicted(int c) {
    return counts[classes + c];
  }

  /**
   * Pixels that are labelled with a class.
   *
   * @param c the class
   * @return 0 or more
   */
  public long labelled(int c) {
    return counts[2 * classes + c];
  }

  /**
   * Pixels of a class in the prediction or the label.
   *
   * @param c the class
   * @return 0 or more
   */
  public long union(int c) {
    return predicted(c) + labelled(c) - correct(c);
  }

  /** Adds a batch whose prediction is the class of the largest logit, the first among equals. */
  void add(LogitsBatch batch) {
    DeviceCounts.add(counts, batch, ops::count_logits);
  }

  /** Adds a batch of predictions and labels. */
  void add(PredictedBatch predicted) {
    int type = predicted.predictionType().code();
    DeviceCounts.add(
        counts,
        predicted.batch(),
        (b, to) -> ops.count_predictions(predicted.predictions(), type, b, to));
  }

  @Override
  public String toString() {
    return "ConfusionCounts" + Arrays.toString(counts);
  }
}

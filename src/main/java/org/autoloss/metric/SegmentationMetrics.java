package org.autoloss.metric;

import java.util.Arrays;
import org.autoloss.internal.LabelType;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Segmentation metrics over a whole data set, accumulated batch by batch. Sums are taken over the
 * data set first and divided last, so that the size of the batches does not matter.
 *
 * <pre>{@code
 * SegmentationMetrics metrics = new SegmentationMetrics(21, ClassPolicy.ASL);
 * for (...) metrics.add(logits, labels);
 * double miou = metrics.result().value(Metric.MIOU);
 * }</pre>
 *
 * <p>With edges, {@code dil} and tolerance as in {@link org.autoloss.surrogate.SurrogateLoss}, over
 * the whole data set: BIoU is mIoU over the pixels within the tolerance of a label edge. BF1 is the
 * mean, over the classes with a label edge, of {@code 2PR / (P + R)}: P is the share of predicted
 * edges within the tolerance of a label edge of their class, R that of label edges within the
 * tolerance of a predicted one; 0 where nothing matches.
 *
 * <p>Ignored pixels (labels outside {@code [0,C)}) do not count, unless the policy says {@link
 * IgnoredEdges#COUNT}: then, as in Auto Seg-Loss, they make their neighbours label edges, and BF1
 * counts a predicted edge wherever it lies. Not thread-safe.
 */
public final class SegmentationMetrics {
  static {
    Libtorch.load();
  }

  private final ClassPolicy policy;
  private final ConfusionCounts counts;
  private final BoundaryCounts boundaries;

  /**
   * Metrics of no image yet.
   *
   * @param classes how many classes there are, 1 to 1,024
   * @param policy absent classes, tolerance, background
   * @throws IllegalArgumentException if the number of classes is out of range
   */
  public SegmentationMetrics(int classes, ClassPolicy policy) {
    this.policy = policy;
    this.counts = new ConfusionCounts(classes);
    this.boundaries = new BoundaryCounts(classes, policy);
  }

  /**
   * Adds a batch whose prediction is the class of the largest logit, the first among equals.
   *
   * @param logits {@code [N,C,H,W]} float32, any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public void add(Tensor logits, Tensor labels) {
    try (PointerScope scope = new PointerScope()) {
      add(LogitsBatch.of(logits, labels));
    }
  }

  /**
   * The same on arrays.
   *
   * @param logits {@code N*C*H*W} values, row-major
   * @param labels {@code N*H*W} values, row-major
   * @param shape the sizes
   * @throws IllegalArgumentException if an array has another length than the shape says
   */
  public void add(float[] logits, int[] labels, Shape shape) {
    checkLength("logits", logits.length, shape.elements());
    checkLength("labels", labels.length, shape.pixels());
    try (FloatPointer z = new FloatPointer(logits);
        IntPointer y = new IntPointer(labels)) {
      add(new LogitsBatch(shape, z, y, LabelType.INT32));
    }
  }

  /**
   * Adds a batch of predicted classes.
   *
   * @param predictions {@code N*H*W} values, row-major; one outside {@code [0,C)} is wrong and of
   *     no class
   * @param labels {@code N*H*W} values, row-major
   * @param n images
   * @param h height
   * @param w width
   * @throws IllegalArgumentException if an array has another length than the sizes say
   */
  public void addPredictions(int[] predictions, int[] labels, long n, long h, long w) {
    Shape shape = new Shape(n, counts.classes(), h, w);
    checkLength("predictions", predictions.length, shape.pixels());
    checkLength("labels", labels.length, shape.pixels());
    try (IntPointer p = new IntPointer(predictions);
        IntPointer y = new IntPointer(labels)) {
      counts.add(p, LabelType.INT32, y, LabelType.INT32, shape);
      boundaries.add(p, LabelType.INT32, y, LabelType.INT32, shape);
    }
  }

  private void add(LogitsBatch batch) {
    if (batch.shape().c() != counts.classes()) {
      throw new IllegalArgumentException(
          "logits: expected %d classes, got %d".formatted(counts.classes(), batch.shape().c()));
    }
    counts.add(batch);
    boundaries.add(batch);
  }

  private static void checkLength(String argument, long got, long expected) {
    if (got != expected) {
      throw new IllegalArgumentException(
          argument + ": expected " + expected + " values, as the shape says, got " + got);
    }
  }

  /**
   * The metrics of everything added so far.
   *
   * @return a new result
   */
  public MetricResult result() {
    int classes = counts.classes();
    double pixels = 0;
    double right = 0;
    for (int c = 0; c < classes; c++) {
      pixels += counts.labelled(c);
      right += counts.correct(c);
    }
    double[] iou = new double[classes];
    double[] accuracy = new double[classes];
    double[] frequency = new double[classes];
    double weighted = 0;
    for (int c = 0; c < classes; c++) {
      iou[c] = (double) counts.correct(c) / counts.union(c); // 0/0 is NaN: absent
      accuracy[c] = (double) counts.correct(c) / counts.labelled(c);
      frequency[c] = counts.labelled(c) / pixels;
      weighted += counts.labelled(c) > 0 ? frequency[c] * iou[c] : 0;
    }
    double[] bandIoU = boundaries.classIoU();
    double[] edgeF1 = boundaries.classF1();
    MetricResult result = new MetricResult(iou, accuracy, frequency, bandIoU, edgeF1);
    result.put(Metric.MIOU, mean(iou));
    result.put(Metric.FWIOU, pixels > 0 ? weighted : Double.NaN);
    result.put(Metric.MACC, mean(accuracy));
    result.put(Metric.GACC, right / pixels);
    result.put(Metric.BIOU, mean(bandIoU));
    result.put(Metric.BF1, mean(edgeF1));
    return result;
  }

  /** The mean over classes; NaN stands for an absent class. */
  private double mean(double[] perClass) {
    if (policy.inMetric() == AbsentClasses.SKIP) {
      return Arrays.stream(perClass).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
    }
    return Arrays.stream(perClass).map(v -> Double.isNaN(v) ? 0 : v).average().orElse(Double.NaN);
  }
}

package org.autoloss.metric.segmentation;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.autoloss.metric.Evaluation;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Segmentation metrics over a whole data set, accumulated batch by batch. Sums are taken over the
 * data set first and divided last, so that the size of the batches does not matter.
 *
 * <pre>{@code
 * SegmentationMetrics metrics = new SegmentationMetrics(21, ClassPolicy.ASL);
 * for (...) metrics.add(logits, labels);
 * double miou = metrics.result().value(SegmentationMetric.MIOU);
 * }</pre>
 *
 * <p>What each metric is stands in {@link SegmentationMetric}. Edges and tolerance of BIoU and BF1
 * are those of {@link org.autoloss.surrogate.SurrogateLoss}; the diagonal that ChengBIoU and
 * CsurkaBF measure by is that of the batch's images.
 *
 * <p>Ignored pixels (labels outside {@code [0,C)}) do not count, unless the policy says {@link
 * IgnoredEdges#COUNT}: then, as in Auto Seg-Loss, they make their neighbours label edges, and BF1
 * counts a predicted edge wherever it lies. Not thread-safe.
 */
public final class SegmentationMetrics {
  private final ClassPolicy policy;
  private final Set<SegmentationMetric> counted;
  private final ConfusionCounts counts;
  private final BoundaryCounts boundaries;
  private final BoundaryRegionCounts regions;
  private final BoundaryMatches matches;

  /**
   * Metrics of no image yet, with the standard distances.
   *
   * @param classes how many classes there are, 2 to 1,024
   * @param policy absent classes, tolerance, background, ignored pixels
   * @throws IllegalArgumentException if the number of classes is out of range
   */
  public SegmentationMetrics(int classes, ClassPolicy policy) {
    this(classes, policy, BoundaryDistances.STANDARD);
  }

  /**
   * Metrics of no image yet.
   *
   * @param classes how many classes there are, 2 to 1,024
   * @param policy absent classes, tolerance, background, ignored pixels
   * @param distances of the boundary metrics that know no tolerance
   * @throws IllegalArgumentException if the number of classes is out of range
   */
  public SegmentationMetrics(int classes, ClassPolicy policy, BoundaryDistances distances) {
    this(classes, policy, distances, SegmentationMetric.all());
  }

  /**
   * Some of the metrics, of no image yet.
   *
   * @param classes how many classes there are
   * @param policy absent classes, tolerance, background, ignored pixels
   * @param distances of the boundary metrics that know no tolerance
   * @param counted which metrics; the work for the others is not done
   * @throws IllegalArgumentException if the number of classes is out of range, or there is no
   *     metric
   */
  public SegmentationMetrics(
      int classes,
      ClassPolicy policy,
      BoundaryDistances distances,
      Collection<SegmentationMetric> counted) {
    if (counted.isEmpty()) {
      throw new IllegalArgumentException("metrics: expected at least one to count, got none");
    }
    Natives.loadKernels();
    this.counted = EnumSet.copyOf(counted);
    this.policy = policy;
    this.counts = new ConfusionCounts(classes);
    this.boundaries = new BoundaryCounts(classes, policy);
    this.regions = new BoundaryRegionCounts(classes, policy, distances);
    this.matches = new BoundaryMatches(classes, policy, distances);
  }

  /**
   * Adds a batch whose prediction is the class of the largest logit, the first among equals.
   *
   * <p>Tensors on an NVIDIA GPU are counted there, where the library was built with CUDA.
   *
   * @param logits {@code [N,C,H,W]} float32, on a GPU also float16 or bfloat16; any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64, on the same device
   * @throws IllegalArgumentException if a shape, type or device is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
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
      add(LogitsBatch.onCpu(shape, z, y, LabelType.INT32));
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
      LogitsBatch labelled = LogitsBatch.onCpu(shape, null, y, LabelType.INT32);
      PredictedBatch batch = new PredictedBatch(p, LabelType.INT32, labelled);
      counts.add(batch);
      addBoundaries(batch);
    }
  }

  private void add(LogitsBatch batch) {
    checkClasses(batch.shape());
    counts.add(batch);
    if (counted.stream().noneMatch(SegmentationMetric::boundary)) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      IntPointer predictions = predictionsOf(batch);
      batch.run(b -> ops.predict_classes(b, predictions));
      addBoundaries(new PredictedBatch(predictions, LabelType.INT32, batch));
    }
  }

  /** Memory for the classes that are predicted, where the batch is; of the current scope. */
  private static IntPointer predictionsOf(LogitsBatch batch) {
    long pixels = batch.shape().pixels();
    if (!batch.onGpu()) {
      return new IntPointer(pixels);
    }
    return empty(
            new long[] {pixels},
            DeviceCounts.options(DeviceCounts.device(batch), ScalarType.Int),
            new MemoryFormatOptional())
        .data_ptr_int();
  }

  private void checkClasses(Shape shape) {
    if (shape.c() != counts.classes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "logits: expected %d classes, got %d", counts.classes(), shape.c()));
    }
  }

  private void addBoundaries(PredictedBatch batch) {
    if (counts(SegmentationMetric.BIOU, SegmentationMetric.BF1)) {
      boundaries.add(batch);
    }
    if (counts(SegmentationMetric.CHENG_BIOU)) {
      regions.add(batch);
    }
    if (counts(SegmentationMetric.CSURKA_BF)) {
      matches.add(batch);
    }
  }

  private boolean counts(SegmentationMetric... metrics) {
    return Stream.of(metrics).anyMatch(counted::contains);
  }

  private static void checkLength(String argument, long got, long expected) {
    if (got != expected) {
      throw new IllegalArgumentException(
          argument + ": expected " + expected + " values, as the shape says, got " + got);
    }
  }

  /**
   * Share of each class among the labels.
   *
   * @return NaN where there is no pixel
   */
  public double[] classFrequency() {
    double pixels = labelled();
    return perClass(c -> counts.labelled(c) / pixels);
  }

  /**
   * The metrics of everything added so far.
   *
   * @return a new evaluation; mIoU and FWIoU have the classes' IoU, mAcc their accuracy, and each
   *     boundary metric its own; gAcc is not made of classes
   */
  public Evaluation result() {
    Map<SegmentationMetric, Double> values = new EnumMap<>(SegmentationMetric.class);
    Map<SegmentationMetric, double[]> byClass = new EnumMap<>(SegmentationMetric.class);
    for (SegmentationMetric metric : counted) {
      if (metric != SegmentationMetric.GACC) {
        byClass.put(metric, byClass(metric));
      }
      values.put(metric, value(metric, byClass.get(metric)));
    }
    return new Evaluation(values, byClass);
  }

  private double[] byClass(SegmentationMetric metric) {
    return switch (metric) {
      // 0/0 is NaN: absent
      case MIOU, FWIOU -> perClass(c -> (double) counts.correct(c) / counts.union(c));
      case MACC -> perClass(c -> (double) counts.correct(c) / counts.labelled(c));
      case BIOU -> boundaries.classIoU();
      case BF1 -> boundaries.classF1();
      case CHENG_BIOU -> regions.classIoU();
      case CSURKA_BF -> matches.classF();
      case GACC -> throw new IllegalArgumentException("gAcc is not made of classes");
    };
  }

  private double value(SegmentationMetric metric, double[] byClass) {
    return switch (metric) {
      case FWIOU -> frequencyWeighted(byClass);
      case GACC -> correct() / labelled();
      case CSURKA_BF -> matches.mean();
      case MIOU, MACC, BIOU, BF1, CHENG_BIOU -> mean(byClass);
    };
  }

  private double frequencyWeighted(double[] iou) {
    if (labelled() == 0) {
      return Double.NaN;
    }
    double[] frequency = classFrequency();
    double weighted = 0;
    for (int c = 0; c < iou.length; c++) {
      weighted += counts.labelled(c) > 0 ? frequency[c] * iou[c] : 0;
    }
    return weighted;
  }

  private double labelled() {
    return IntStream.range(0, counts.classes()).mapToLong(counts::labelled).sum();
  }

  private double correct() {
    return IntStream.range(0, counts.classes()).mapToLong(counts::correct).sum();
  }

  private double[] perClass(IntToDoubleFunction value) {
    return IntStream.range(0, counts.classes()).mapToDouble(value).toArray();
  }

  /** The mean over classes; NaN stands for an absent class. */
  private double mean(double[] perClass) {
    if (policy.inMetric() == AbsentClasses.SKIP) {
      return Arrays.stream(perClass).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
    }
    return Arrays.stream(perClass).map(v -> Double.isNaN(v) ? 0 : v).average().orElse(Double.NaN);
  }
}

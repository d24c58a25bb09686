package org.autoloss.nn.box;

import java.util.Arrays;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.bytedeco.pytorch.Tensor;

/**
 * Boxes {@code (x1, y1, x2, y2)}, four numbers each, and what detectors do with them: overlaps of
 * pairs, matching with targets, greedy suppression.
 *
 * <p>Native, in float32, with the same decisions for every instruction set and on a GPU. Areas are
 * {@code (x2 - x1) (y2 - y1)}, without a pixel added.
 *
 * <p>Tensors may be on the CPU or, where the library was built with CUDA, on an NVIDIA GPU; what is
 * returned is on the same device, without a gradient. There the work goes to libtorch's current
 * stream; only {@code suppress}, whose result has as many numbers as boxes stay, waits for it.
 */
public final class Boxes {
  /** What {@link #match} says of a box that no target is near enough to. */
  public static final int BACKGROUND = ops.MATCH_NONE;

  /** What {@link #match} says of a box between both thresholds. */
  public static final int IGNORED = ops.MATCH_IGNORED;

  private static final int SIDES = 4;

  static {
    Natives.loadKernels();
  }

  private Boxes() {}

  /**
   * Intersection over union of two boxes, in plain Java.
   *
   * @param first whole boxes
   * @param i the number of one of them
   * @param second whole boxes
   * @param j the number of one of them
   * @return 0 to 1; NaN if neither has an area
   */
  public static float iou(float[] first, int i, float[] second, int j) {
    int a = SIDES * i;
    int b = SIDES * j;
    float width = Math.min(first[a + 2], second[b + 2]) - Math.max(first[a], second[b]);
    float height = Math.min(first[a + 3], second[b + 3]) - Math.max(first[a + 1], second[b + 1]);
    float both = Math.max(width, 0) * Math.max(height, 0);
    return both / (area(first, i) + area(second, j) - both);
  }

  /**
   * The area of a box.
   *
   * @param boxes whole boxes
   * @param i the number of one of them
   * @return {@code (x2 - x1) (y2 - y1)}
   */
  public static float area(float[] boxes, int i) {
    int at = SIDES * i;
    return (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1]);
  }

  /**
   * Intersection over union of all pairs.
   *
   * @param first {@code N*4} values
   * @param second {@code M*4} values
   * @return {@code N*M} values, row by row; NaN for two boxes without area
   * @throws IllegalArgumentException if an array does not hold whole boxes
   */
  public static float[] iou(float[] first, float[] second) {
    int n = count("first", first);
    int m = count("second", second);
    float[] iou = new float[Math.multiplyExact(n, m)];
    ops.pairwise_iou(first, n, second, m, iou);
    return iou;
  }

  /**
   * The same of tensors.
   *
   * @param first {@code [N,4]} float32
   * @param second {@code [M,4]} float32, on the same device
   * @return {@code [N,M]} float32; NaN for two boxes without area
   * @throws IllegalArgumentException if a shape, type or device is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor iou(Tensor first, Tensor second) {
    return TensorBoxes.iou(first, second);
  }

  /**
   * The target that each box is of: the one that it overlaps most, the first of several (Ren, He,
   * Girshick, Sun, "Faster R-CNN", NeurIPS 2015, section 3.1.2).
   *
   * @param targets {@code G*4} values
   * @param boxes {@code N*4} values
   * @param low below this overlap a box is {@link #BACKGROUND}
   * @param high from this overlap on a box is of its target; between both it is {@link #IGNORED}
   * @param restoreBest whether each box that overlaps some target as much as any box does is of the
   *     target that it overlaps most itself, however little: also 0, for a target that nothing
   *     overlaps
   * @return for each box the number of its target, {@link #BACKGROUND} or {@link #IGNORED}
   * @throws IllegalArgumentException if an array does not hold whole boxes, or low is above high
   */
  public static int[] match(
      float[] targets, float[] boxes, double low, double high, boolean restoreBest) {
    return matchOverlaps(
        iou(targets, boxes),
        count("targets", targets),
        count("boxes", boxes),
        low,
        high,
        restoreBest);
  }

  /**
   * The same of tensors.
   *
   * @param targets {@code [G,4]} float32
   * @param boxes {@code [N,4]} float32, on the same device
   * @param low below this overlap a box is {@link #BACKGROUND}
   * @param high from this overlap on a box is of its target
   * @param restoreBest whether the best boxes of each target are restored
   * @return {@code [N]} int64: numbers of targets, {@link #BACKGROUND} or {@link #IGNORED}
   * @throws IllegalArgumentException if a shape, type or device is not as said, or low is above
   *     high
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor match(
      Tensor targets, Tensor boxes, double low, double high, boolean restoreBest) {
    return TensorBoxes.match(targets, boxes, low, high, restoreBest);
  }

  /**
   * The same where the overlaps are known.
   *
   * @param overlaps {@code G*N} values, those of a target side by side; NaN counts as 0
   * @param targets G
   * @param boxes N
   * @param low below this overlap a box is {@link #BACKGROUND}
   * @param high from this overlap on a box is of its target
   * @param restoreBest whether the best boxes of each target are restored
   * @return for each box the number of its target, {@link #BACKGROUND} or {@link #IGNORED}
   * @throws IllegalArgumentException if the sizes do not fit, or low is above high
   */
  public static int[] matchOverlaps(
      float[] overlaps, int targets, int boxes, double low, double high, boolean restoreBest) {
    if (overlaps.length != (long) targets * boxes) {
      throw new IllegalArgumentException(
          "overlaps: expected " + (long) targets * boxes + " values, got " + overlaps.length);
    }
    checkThresholds(low, high);
    long[] matches = new long[boxes];
    ops.match_boxes(overlaps, targets, boxes, low, high, restoreBest ? 1 : 0, matches);
    return Arrays.stream(matches).mapToInt(Math::toIntExact).toArray();
  }

  /**
   * Greedy non-maximum suppression, class by class: by falling score, of equal ones in their order,
   * a box stays unless one of its class that stays overlaps it by more than the threshold.
   *
   * @param boxes {@code N*4} values
   * @param scores N values; NaN comes first
   * @param classes N values; null: all boxes are of one class
   * @param threshold of intersection over union, 0 or more; a box at the threshold stays
   * @return the numbers of the boxes that stay, by falling score
   * @throws IllegalArgumentException if the lengths do not fit, or the threshold is negative
   */
  public static int[] suppress(float[] boxes, float[] scores, int[] classes, double threshold) {
    int n = count("boxes", boxes);
    checkLength("scores", scores.length, n);
    if (classes != null) {
      checkLength("classes", classes.length, n);
    }
    checkThreshold(threshold);
    long[] kept = new long[n];
    long[] parts = classes == null ? null : Arrays.stream(classes).asLongStream().toArray();
    int count = Math.toIntExact(ops.suppress_boxes(boxes, scores, parts, n, threshold, kept));
    return Arrays.stream(kept, 0, count).mapToInt(Math::toIntExact).toArray();
  }

  /**
   * The same of tensors.
   *
   * @param boxes {@code [N,4]} float32
   * @param scores {@code [N]} float32, on the same device; NaN comes first
   * @param classes {@code [N]} int64, on the same device; null: all boxes are of one class
   * @param threshold of intersection over union, 0 or more; a box at the threshold stays
   * @return {@code [K]} int64: the numbers of the boxes that stay, by falling score
   * @throws IllegalArgumentException if a shape, type or device is not as said, or the threshold is
   *     negative
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor suppress(Tensor boxes, Tensor scores, Tensor classes, double threshold) {
    return TensorBoxes.suppress(boxes, scores, classes, threshold);
  }

  static void checkThresholds(double low, double high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "low: expected at most the upper threshold " + high + ", got " + low);
    }
  }

  static void checkThreshold(double threshold) {
    if (!(threshold >= 0)) {
      throw new IllegalArgumentException("threshold: expected 0 or more, got " + threshold);
    }
  }

  private static int count(String argument, float[] boxes) {
    if (boxes.length % SIDES != 0) {
      throw new IllegalArgumentException(
          argument + ": expected 4 values for each box, got " + boxes.length);
    }
    return boxes.length / SIDES;
  }

  private static void checkLength(String argument, int got, int expected) {
    if (got != expected) {
      throw new IllegalArgumentException(
          argument + ": expected " + expected + " values, one for each box, got " + got);
    }
  }
}

package org.autoloss.graph;

import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.loss.LossInput;

/**
 * What a branch of a network predicts for an image, and what it should have: a sample of the
 * rejection protocol. Arrays are row-major, not copied, and not to be modified.
 *
 * @param input what the branch's loss compares
 * @param n how many regions, maps or boxes
 * @param c classes or maps; 1 for yes or no, 4 for boxes
 * @param h height of each, 1 where there are no maps
 * @param w width of each
 * @param predicted {@code [N,C,H,W]}: logits, maps as they are, or corners of boxes
 * @param target of the same shape: in [0,1] for yes or no; null for classes
 * @param labels {@code [N,H,W]} classes, outside {@code [0,C)} where ignored; null for others
 * @param spots of heat maps {@code [C,3]}: the true x and y in cells of the map, and what the
 *     squared distance is divided by in the exponent of the keypoint similarity; null for others
 */
public record BranchSample(
    LossInput input,
    int n,
    int c,
    int h,
    int w,
    float[] predicted,
    float[] target,
    int[] labels,
    float[] spots) {
  /**
   * Checks sizes and numbers.
   *
   * @throws IllegalArgumentException if arrays do not fit the sizes, or a number is not what it
   *     should be
   */
  public BranchSample {
    if (n < 1 || c < 1 || h < 1 || w < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "sample: expected positive sizes, got [%d,%d,%d,%d]", n, c, h, w));
    }
    long values = (long) n * c * h * w;
    check("predicted", predicted, values);
    if (input == LossInput.CLASSES) {
      int classes = c;
      check("labels", labels == null ? 0 : labels.length, (long) n * h * w);
      if (IntStream.of(labels).noneMatch(label -> label >= 0 && label < classes)) {
        throw new IllegalArgumentException("labels: expected one that counts, got none");
      }
    } else {
      check("target", target, values);
    }
    if (input == LossInput.HEATMAP) {
      check("spots", spots, 3L * c);
    }
  }

  /**
   * Classes of pixels or regions.
   *
   * @param n how many images or regions
   * @param c classes
   * @param h height, 1 for regions
   * @param w width
   * @param logits {@code [N,C,H,W]}
   * @param labels {@code [N,H,W]}
   * @return the sample, scored by the mean recall of the classes that are labelled
   * @throws IllegalArgumentException if sizes do not fit, or no label counts
   */
  public static BranchSample classes(int n, int c, int h, int w, float[] logits, int[] labels) {
    return new BranchSample(LossInput.CLASSES, n, c, h, w, logits, null, labels, null);
  }

  /**
   * Yes or no, of regions or of the pixels of maps.
   *
   * @param n how many regions or maps
   * @param h height, 1 for regions
   * @param w width
   * @param logits {@code [N,1,H,W]}
   * @param targets {@code [N,1,H,W]}, 0 to 1
   * @return the sample; regions are scored by the mean recall of yes and no, maps by the mean IoU
   *     of where they say yes
   * @throws IllegalArgumentException if sizes do not fit or a number is out of range
   */
  public static BranchSample binary(int n, int h, int w, float[] logits, float[] targets) {
    for (float each : targets) {
      if (!(each >= 0 && each <= 1)) {
        throw new IllegalArgumentException("targets: expected numbers from 0 to 1, got " + each);
      }
    }
    return new BranchSample(LossInput.BINARY, n, 1, h, w, logits, targets, null, null);
  }

  /**
   * Heat maps of one object.
   *
   * @param c how many maps, one for each keypoint that counts
   * @param h height
   * @param w width
   * @param maps {@code [C,H,W]}
   * @param targets {@code [C,H,W]}
   * @param spots {@code [C,3]}, see above; the third number above 0
   * @return the sample, scored by the mean keypoint similarity of the maxima
   * @throws IllegalArgumentException if sizes do not fit or a number is out of range
   */
  public static BranchSample heatMaps(
      int c, int h, int w, float[] maps, float[] targets, float[] spots) {
    for (int i = 2; i < spots.length; i += 3) {
      if (!(spots[i] > 0)) {
        throw new IllegalArgumentException("spots: expected a spread above 0, got " + spots[i]);
      }
    }
    return new BranchSample(LossInput.HEATMAP, 1, c, h, w, maps, targets, null, spots);
  }

  /**
   * Boxes, by their corners {@code x1, y1, x2, y2}, in the units in which losses see them.
   *
   * @param predicted {@code [N,4]}
   * @param target {@code [N,4]}
   * @return the sample, scored by the mean IoU
   * @throws IllegalArgumentException if sizes do not fit, or a box has no area
   */
  public static BranchSample boxes(float[] predicted, float[] target) {
    for (float[] boxes : new float[][] {predicted, target}) {
      for (int i = 0; i + 3 < boxes.length; i += 4) {
        if (!hasArea(boxes, i)) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "boxes: expected finite ones with an area, got %s, %s, %s, %s",
                  boxes[i],
                  boxes[i + 1],
                  boxes[i + 2],
                  boxes[i + 3]));
        }
      }
    }
    return new BranchSample(
        LossInput.BOXES, predicted.length / 4, 4, 1, 1, predicted, target, null, null);
  }

  /**
   * Whether a box has an area.
   *
   * @param boxes corners
   * @param at where the box begins
   * @return false also if a corner is not finite
   */
  public static boolean hasArea(float[] boxes, int at) {
    float width = boxes[at + 2] - boxes[at];
    float height = boxes[at + 3] - boxes[at + 1];
    return width > 0 && height > 0 && Float.isFinite(width * height);
  }

  /** Whether there are no neighbours, so that pools mean nothing. */
  boolean separate() {
    return h == 1 && w == 1;
  }

  private static void check(String name, float[] values, long expected) {
    check(name, values == null ? 0 : values.length, expected);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(name + ": expected finite numbers, got " + value);
      }
    }
  }

  private static void check(String name, int length, long expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          name + ": expected " + expected + " numbers, got " + length);
    }
  }
}

package org.autoloss.metric.detection;

import java.util.List;

/**
 * How detections are compared with what is there.
 *
 * @param type what is compared
 * @param limits how many detections of each image and category count, ascending: the surest ones.
 *     The last one is for all of precision, those before it for {@code AR1} and {@code AR10}
 * @param similarity of poses
 * @param honoursIgnored whether objects with {@code ignore} are left out; pycocotools does not
 */
public record CocoSettings(
    CocoType type, List<Integer> limits, KeypointSimilarity similarity, boolean honoursIgnored) {
  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if there are not three for boxes and masks and one for
   *     keypoints, or they do not ascend from 1
   */
  public CocoSettings {
    limits = List.copyOf(limits);
    int expected = type == CocoType.KEYPOINTS ? 1 : 3;
    int last = 0;
    for (int each : limits) {
      if (each <= last) {
        throw new IllegalArgumentException(
            "limits: expected ascending numbers from 1, got " + limits);
      }
      last = each;
    }
    if (limits.size() != expected) {
      throw new IllegalArgumentException(
          "limits: expected " + expected + " for " + type.label() + ", got " + limits);
    }
  }

  /**
   * pycocotools' settings: 1, 10 and 100 detections, 20 poses, COCO's sigmas.
   *
   * @param type what is compared
   * @return the settings
   */
  public static CocoSettings of(CocoType type) {
    List<Integer> limits = type == CocoType.KEYPOINTS ? List.of(20) : List.of(1, 10, 100);
    return new CocoSettings(type, limits, KeypointSimilarity.COCO, false);
  }

  /**
   * The same for another skeleton.
   *
   * @param other its similarity
   * @return new settings
   */
  public CocoSettings withSimilarity(KeypointSimilarity other) {
    return new CocoSettings(type, limits, other, honoursIgnored);
  }

  /**
   * The same with another last limit, for images with more objects than a hundred.
   *
   * @param most how many detections of each image and category count
   * @return new settings
   * @throws IllegalArgumentException if it is not above the limits before it
   */
  public CocoSettings withLimit(int most) {
    return new CocoSettings(
        type,
        type == CocoType.KEYPOINTS ? List.of(most) : List.of(limits.get(0), limits.get(1), most),
        similarity,
        honoursIgnored);
  }

  /**
   * The same with or without objects that their annotator wants left out.
   *
   * @param honours whether to leave them out
   * @return new settings
   */
  public CocoSettings withHonoursIgnored(boolean honours) {
    return new CocoSettings(type, limits, similarity, honours);
  }

  /** The ten thresholds of overlap, with numpy's bits. */
  static double[] thresholds() {
    return linspace(.5, .95, 10);
  }

  /** The 101 recalls at which precision is read, with numpy's bits. */
  static double[] recalls() {
    return linspace(0, 1, 101);
  }

  private static double[] linspace(double from, double to, int count) {
    double[] values = new double[count];
    double step = (to - from) / (count - 1);
    for (int i = 0; i < count; i++) {
      values[i] = i * step + from;
    }
    values[count - 1] = to;
    return values;
  }
}

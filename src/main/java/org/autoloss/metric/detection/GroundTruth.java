package org.autoloss.metric.detection;

/**
 * An object that is there.
 *
 * @param id its number in the file it is from; nothing is matched by it
 * @param image the image's number
 * @param category the category's number
 * @param box around it
 * @param area of its segment, which decides whether it is small, medium or large
 * @param crowd whether it stands for many objects: detections within it count neither as right nor
 *     as wrong
 * @param ignored whether its annotator wants it left out: a detection that meets it counts neither
 *     as right nor as wrong. pycocotools does not look at it; {@link CocoSettings#honoursIgnored}
 *     decides
 * @param segmentation its pixels; null where there is none
 * @param keypoints null where there are none
 */
public record GroundTruth(
    long id,
    long image,
    int category,
    Box box,
    double area,
    boolean crowd,
    boolean ignored,
    Segmentation segmentation,
    Keypoints keypoints) {
  /**
   * Checks the area.
   *
   * @throws IllegalArgumentException if it is not finite and 0 or more
   */
  public GroundTruth {
    if (!(area >= 0 && area < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("area: expected 0 or more, got " + area);
    }
  }

  /**
   * An object with a box, and nothing else.
   *
   * @param id its number
   * @param image the image's number
   * @param category the category's number
   * @param box around it, whose area is taken for the object's
   * @return the object
   */
  public static GroundTruth of(long id, long image, int category, Box box) {
    return new GroundTruth(id, image, category, box, box.area(), false, false, null, null);
  }
}

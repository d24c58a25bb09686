package org.autoloss.metric.detection;

/**
 * An object that a network claims to see.
 *
 * @param image the image's number
 * @param category the category's number
 * @param score the larger the surer
 * @param box around it
 * @param area which decides whether one that meets no object counts as small, medium or large
 * @param segmentation its pixels; null where there is none
 * @param keypoints null where there are none
 */
public record Detection(
    long image,
    int category,
    double score,
    Box box,
    double area,
    Segmentation segmentation,
    Keypoints keypoints) {
  /**
   * Checks the score and the area.
   *
   * @throws IllegalArgumentException if the score is NaN, or the area is not finite and 0 or more
   */
  public Detection {
    if (Double.isNaN(score)) {
      throw new IllegalArgumentException("score: expected a number, got NaN");
    }
    if (!(area >= 0 && area < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("area: expected 0 or more, got " + area);
    }
  }

  /**
   * A box.
   *
   * @param image the image's number
   * @param category the category's number
   * @param score the larger the surer
   * @param box around it
   * @return the detection
   */
  public static Detection of(long image, int category, double score, Box box) {
    return new Detection(image, category, score, box, box.area(), null, null);
  }

  /**
   * A mask.
   *
   * @param image the image's number
   * @param category the category's number
   * @param score the larger the surer
   * @param mask its pixels
   * @return the detection, with the mask's box and area
   */
  public static Detection of(long image, int category, double score, RunLengths mask) {
    return new Detection(image, category, score, mask.bounds(), mask.area(), mask, null);
  }

  /**
   * A pose.
   *
   * @param image the image's number
   * @param category the category's number
   * @param score the larger the surer
   * @param keypoints of the pose
   * @return the detection, with the points' box and its area
   */
  public static Detection of(long image, int category, double score, Keypoints keypoints) {
    return new Detection(
        image, category, score, keypoints.bounds(), keypoints.area(), null, keypoints);
  }
}

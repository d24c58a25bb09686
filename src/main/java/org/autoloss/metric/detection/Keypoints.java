package org.autoloss.metric.detection;

/**
 * The keypoints of an object, in the order of its skeleton.
 *
 * @param values {@code x, y, v} of each; v is 0 where it is not labelled, 1 where it is hidden, 2
 *     where it is seen. In detections v means nothing. Not copied
 */
public record Keypoints(double[] values) {
  private static final int EACH = 3;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if they are not triples, or one is not finite
   */
  public Keypoints {
    if (values.length % EACH != 0) {
      throw new IllegalArgumentException(
          "keypoints: expected x, y, v of each, got " + values.length + " numbers");
    }
    for (double each : values) {
      if (!Double.isFinite(each)) {
        throw new IllegalArgumentException("keypoints: expected finite numbers, got " + each);
      }
    }
  }

  /**
   * How many there are.
   *
   * @return 0 or more
   */
  public int size() {
    return values.length / EACH;
  }

  /**
   * Where one is.
   *
   * @param point which
   * @return in pixels
   */
  public double x(int point) {
    return values[EACH * point];
  }

  /**
   * Where one is.
   *
   * @param point which
   * @return in pixels
   */
  public double y(int point) {
    return values[EACH * point + 1];
  }

  /**
   * Whether one is labelled, seen or hidden.
   *
   * @param point which
   * @return whether v is above 0
   */
  public boolean labelled(int point) {
    return values[EACH * point + 2] > 0;
  }

  /**
   * How many are labelled.
   *
   * @return COCO's {@code num_keypoints}
   */
  public int labelled() {
    int count = 0;
    for (int i = 0; i < size(); i++) {
      count += labelled(i) ? 1 : 0;
    }
    return count;
  }

  /**
   * The area of the smallest box around all points, also those that are not labelled: what
   * pycocotools takes for the area of a detection.
   *
   * @return 0 or more
   */
  public double area() {
    return bounds().area();
  }

  /**
   * The smallest box around all points.
   *
   * @return all 0 if there are none
   */
  public Box bounds() {
    if (size() == 0) {
      return new Box(0, 0, 0, 0);
    }
    double left = x(0);
    double right = left;
    double top = y(0);
    double bottom = top;
    for (int i = 1; i < size(); i++) {
      left = Math.min(left, x(i));
      right = Math.max(right, x(i));
      top = Math.min(top, y(i));
      bottom = Math.max(bottom, y(i));
    }
    return Box.ofCorners(left, top, right, bottom);
  }
}

package org.autoloss.metric.detection;

import java.util.Locale;

/**
 * A box as COCO's files have it, in pixels; its sides need not be whole.
 *
 * @param x left side
 * @param y upper side
 * @param width 0 or more
 * @param height 0 or more
 */
public record Box(double x, double y, double width, double height) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is not finite, or a size is below 0
   */
  public Box {
    boolean finite = Double.isFinite(x) && Double.isFinite(y);
    if (!finite
        || !(width >= 0 && width < Double.POSITIVE_INFINITY && height >= 0)
        || !(height < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "box: expected finite x, y and width, height of 0 or more, got %s, %s, %s, %s",
              x,
              y,
              width,
              height));
    }
  }

  /**
   * A box from its corners.
   *
   * @param x1 left
   * @param y1 top
   * @param x2 right, {@code x1} or more
   * @param y2 bottom, {@code y1} or more
   * @return the box
   * @throws IllegalArgumentException as the constructor
   */
  public static Box ofCorners(double x1, double y1, double x2, double y2) {
    return new Box(x1, y1, x2 - x1, y2 - y1);
  }

  /**
   * The area.
   *
   * @return width times height
   */
  public double area() {
    return width * height;
  }

  /**
   * Intersection over union with a ground truth, as {@code maskApi.c} has it: {@code w h / (a + b -
   * w h)}, and {@code w h / a} for a crowd, which need not be covered.
   *
   * @param truth the ground truth
   * @param crowd whether it stands for many objects
   * @return in [0,1]; 0 where the boxes do not meet
   */
  public double iou(Box truth, boolean crowd) {
    double w = Math.min(width + x, truth.width + truth.x) - Math.max(x, truth.x);
    if (w <= 0) {
      return 0;
    }
    double h = Math.min(height + y, truth.height + truth.y) - Math.max(y, truth.y);
    if (h <= 0) {
      return 0;
    }
    double both = w * h;
    return both / (crowd ? area() : area() + truth.area() - both);
  }
}

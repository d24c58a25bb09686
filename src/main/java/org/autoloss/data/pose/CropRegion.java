package org.autoloss.data.pose;

import org.autoloss.data.Extent;
import org.autoloss.metric.detection.Box;

/**
 * A rectangle of an image, perhaps turned, that becomes a network's input.
 *
 * @param x of its centre, in pixels of the image
 * @param y of its centre
 * @param width above 0, in pixels of the image
 * @param height above 0
 * @param degrees by which what it shows is turned, against the clock
 */
public record CropRegion(double x, double y, double width, double height, double degrees) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is not finite, or a size is not above 0
   */
  public CropRegion {
    boolean finite = Double.isFinite(x) && Double.isFinite(y) && Double.isFinite(degrees);
    if (!finite || !positive(width) || !positive(height)) {
      throw new IllegalArgumentException(
          "region: expected finite numbers and a width and height above 0, got "
              + String.join(", ", "" + x, "" + y, "" + width, "" + height, "" + degrees));
    }
  }

  private static boolean positive(double size) {
    return size > 0 && size < Double.POSITIVE_INFINITY;
  }

  /**
   * A box and some of what is around it.
   *
   * @param box with a width and a height
   * @param padding what its sides are multiplied by, such as 1.25
   * @return the region
   * @throws IllegalArgumentException if the box has no area
   */
  public static CropRegion around(Box box, double padding) {
    return new CropRegion(
        box.x() + box.width() / 2,
        box.y() + box.height() / 2,
        box.width() * padding,
        box.height() * padding,
        0);
  }

  /**
   * The same elsewhere.
   *
   * @param right by which part of its width it moves
   * @param down by which part of its height
   * @return a new region
   */
  public CropRegion moved(double right, double down) {
    return new CropRegion(x + right * width, y + down * height, width, height, degrees);
  }

  /**
   * The same in another size.
   *
   * @param factor of width and height, above 0
   * @return a new region
   */
  public CropRegion scaled(double factor) {
    return new CropRegion(x, y, width * factor, height * factor, degrees);
  }

  /**
   * The same, turned.
   *
   * @param angle by which what it shows is turned against the clock, in degrees
   * @return a new region
   */
  public CropRegion turned(double angle) {
    return new CropRegion(x, y, width, height, degrees + angle);
  }

  /**
   * The map of this region to a network's input. The shorter side grows to the input's ratio of
   * sides, so that nothing is stretched.
   *
   * @param input its size
   * @param flipped whether left and right are exchanged
   * @return from pixels of the image to those of the input
   */
  public AffineMap to(Extent input, boolean flipped) {
    double scale = Math.min(input.width() / width, input.height() / height);
    double cos = scale * Math.cos(Math.toRadians(degrees));
    double sin = scale * Math.sin(Math.toRadians(degrees));
    double x0 = input.width() / 2.0 - cos * x - sin * y;
    double y0 = input.height() / 2.0 + sin * x - cos * y;
    return flipped
        ? new AffineMap(-cos, -sin, input.width() - x0, -sin, cos, y0)
        : new AffineMap(cos, sin, x0, -sin, cos, y0);
  }
}

package org.autoloss.data.pose;

import org.autoloss.data.Extent;
import org.autoloss.data.ObjectSample;

/**
 * An affine map of the plane: {@code x' = xx x + xy y + x0}, {@code y' = yx x + yy y + y0}. A pixel
 * covers the square from its number to the next one, so that its centre is at a half.
 *
 * @param xx what x adds to x'
 * @param xy what y adds to x'
 * @param x0 where the origin goes
 * @param yx what x adds to y'
 * @param yy what y adds to y'
 * @param y0 where the origin goes
 */
public record AffineMap(double xx, double xy, double x0, double yx, double yy, double y0) {
  /**
   * Where a point goes.
   *
   * @param x of the point
   * @param y of the point
   * @return its x
   */
  public double x(double x, double y) {
    return xx * x + xy * y + x0;
  }

  /**
   * Where a point goes.
   *
   * @param x of the point
   * @param y of the point
   * @return its y
   */
  public double y(double x, double y) {
    return yx * x + yy * y + y0;
  }

  /**
   * The map back.
   *
   * @return a new map
   * @throws ArithmeticException if there is none, as the map flattens the plane
   */
  public AffineMap inverse() {
    double area = xx * yy - xy * yx;
    if (!(Math.abs(area) > 0)) {
      throw new ArithmeticException("affine map: expected one that can be undone, got " + this);
    }
    return new AffineMap(
        yy / area,
        -xy / area,
        (xy * y0 - yy * x0) / area,
        -yx / area,
        xx / area,
        (yx * x0 - xx * y0) / area);
  }

  /**
   * The picture that this map makes of an image, bilinear between pixel centres.
   *
   * @param image stays as it is
   * @param size of the picture
   * @return {@code [3,H,W]} values from 0 to 255, red first; NaN where the picture shows what lies
   *     outside the image
   */
  public float[] picture(ObjectSample image, Extent size) {
    AffineMap back = inverse();
    int plane = size.pixels();
    float[] picture = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      double atX = i % size.width() + 0.5;
      double atY = i / size.width() + 0.5;
      double x = back.x(atX, atY);
      double y = back.y(atX, atY);
      boolean inside = x >= 0 && x <= image.width() && y >= 0 && y <= image.height();
      for (int c = 0; c < 3; c++) {
        picture[c * plane + i] = inside ? colour(image, x - 0.5, y - 0.5, c) : Float.NaN;
      }
    }
    return picture;
  }

  /** Between pixels, whose centres are whole numbers here; the outermost ones go on to the edge. */
  private static float colour(ObjectSample image, double x, double y, int channel) {
    double column = Math.max(0, Math.min(image.width() - 1, x));
    double row = Math.max(0, Math.min(image.height() - 1, y));
    int left = (int) column;
    int top = (int) row;
    int right = Math.min(image.width() - 1, left + 1);
    int bottom = Math.min(image.height() - 1, top + 1);
    double upper = mix(image, top, left, right, column - left, channel);
    double lower = mix(image, bottom, left, right, column - left, channel);
    return (float) (upper + (lower - upper) * (row - top));
  }

  private static double mix(
      ObjectSample image, int row, int left, int right, double share, int channel) {
    int a = image.rgb()[3 * (row * image.width() + left) + channel] & 0xFF;
    int b = image.rgb()[3 * (row * image.width() + right) + channel] & 0xFF;
    return a + (b - a) * share;
  }
}

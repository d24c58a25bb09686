package org.autoloss.data;

/**
 * One image with its labels.
 *
 * @param name the name that the data set gives it, for messages
 * @param width in pixels
 * @param height in pixels
 * @param rgb {@code height*width*3} bytes, row-major, red first; owned by this sample, not to be
 *     modified
 * @param labels {@code height*width} class indices as unsigned bytes, 255 is void; owned by this
 *     sample, not to be modified
 */
public record Sample(String name, int width, int height, byte[] rgb, byte[] labels) {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if an array does not fit width and height
   */
  public Sample {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "sample " + name + ": expected a positive size, got " + width + "x" + height);
    }
    check(name, "rgb", rgb.length, 3L * width * height);
    check(name, "labels", labels.length, (long) width * height);
  }

  private static void check(String name, String array, long got, long expected) {
    if (got != expected) {
      throw new IllegalArgumentException(
          "sample " + name + ": expected " + expected + " bytes of " + array + ", got " + got);
    }
  }
}

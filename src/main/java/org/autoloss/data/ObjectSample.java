package org.autoloss.data;

/**
 * One image with its objects.
 *
 * @param name the name that the data set gives it, for messages
 * @param id its number in results
 * @param width in pixels
 * @param height in pixels
 * @param rgb {@code height*width*3} bytes, row-major, red first; owned by this sample, not to be
 *     modified
 * @param target its objects
 */
public record ObjectSample(String name, long id, int width, int height, byte[] rgb, Target target) {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if the array does not fit width and height
   */
  public ObjectSample {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "sample "
              + name
              + ": expected 3 bytes for each of "
              + width
              + "x"
              + height
              + " pixels, got "
              + rgb.length);
    }
  }
}

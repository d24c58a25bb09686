package org.autoloss.nn.models.rcnn;

/**
 * What is in an image.
 *
 * @param boxes four floats for each object, in pixels of the resized image; not copied
 * @param labels of each object, from 1; not copied
 */
public record ImageObjects(float[] boxes, int[] labels) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if there are not as many labels as boxes
   */
  public ImageObjects {
    if (boxes.length != 4 * labels.length) {
      throw new IllegalArgumentException(
          "objects: expected four numbers for each of "
              + labels.length
              + " labels, got "
              + boxes.length);
    }
  }
}

package org.autoloss.nn.models.rcnn;

import java.util.List;
import org.autoloss.metric.detection.Segmentation;

/**
 * What is in an image.
 *
 * @param boxes four floats for each object, in pixels of the resized image; not copied
 * @param labels of each object, from 1; not copied
 * @param masks of each object, in pixels of the resized image; none for networks without masks
 */
public record ImageObjects(float[] boxes, int[] labels, List<Segmentation> masks) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if there are not as many labels as boxes
   */
  public ImageObjects {
    masks = List.copyOf(masks);
    if (boxes.length != 4 * labels.length) {
      throw new IllegalArgumentException(
          "objects: expected four numbers for each of "
              + labels.length
              + " labels, got "
              + boxes.length);
    }
    if (!masks.isEmpty() && masks.size() != labels.length) {
      throw new IllegalArgumentException(
          "objects: expected a mask for each of " + labels.length + " labels, got " + masks.size());
    }
  }

  /**
   * Objects without masks.
   *
   * @param boxes four floats for each object
   * @param labels of each object
   */
  public ImageObjects(float[] boxes, int[] labels) {
    this(boxes, labels, List.of());
  }
}

package org.autoloss.data;

import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.Segmentation;

/**
 * An object of an image: what there is to find.
 *
 * @param label its class, from 1; 0 is the background
 * @param box around it, in pixels
 * @param area of its segment, in square pixels
 * @param crowd whether it stands for many objects
 * @param ignored whether its annotator wants it left out: VOC's {@code difficult}, {@code ignore}
 *     in files in COCO's format
 * @param mask its pixels; null where they are not known or not asked for
 * @param keypoints null where there are none
 */
public record ObjectLabel(
    int label,
    Box box,
    double area,
    boolean crowd,
    boolean ignored,
    Segmentation mask,
    Keypoints keypoints) {
  /**
   * Checks the label.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public ObjectLabel {
    if (label < 1) {
      throw new IllegalArgumentException("label: expected 1 or more, got " + label);
    }
  }
}

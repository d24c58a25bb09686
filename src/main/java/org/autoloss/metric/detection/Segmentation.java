package org.autoloss.metric.detection;

/** The pixels of an object, in one of the forms of COCO's files. */
public sealed interface Segmentation permits Polygons, RunLengths {
  /**
   * The pixels as runs.
   *
   * @param height of the image
   * @param width of the image
   * @return its mask
   * @throws IllegalArgumentException if the segmentation is of an image of other sizes
   */
  RunLengths runs(int height, int width);
}

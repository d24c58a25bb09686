package org.autoloss.nn.models.rcnn;

import org.autoloss.metric.detection.RunLengths;

/**
 * What a network sees in an image, surest first.
 *
 * @param boxes four floats for each detection, in pixels of the resized image
 * @param scores of each, in [0,1]
 * @param labels of each, from 1
 * @param masks of each 28 x 28 probabilities that a part of its box is inside; null from a network
 *     without masks
 */
public record ImageDetections(float[] boxes, float[] scores, int[] labels, float[] masks) {
  /**
   * Detections without masks.
   *
   * @param boxes four floats for each detection
   * @param scores of each
   * @param labels of each
   */
  public ImageDetections(float[] boxes, float[] scores, int[] labels) {
    this(boxes, scores, labels, null);
  }

  /** The same with masks. */
  ImageDetections withMasks(float[] probabilities) {
    return new ImageDetections(boxes, scores, labels, probabilities);
  }

  /**
   * The same in an image of another size.
   *
   * @param down by what heights are multiplied
   * @param right by what widths are multiplied
   * @return new detections
   */
  public ImageDetections scaled(float down, float right) {
    float[] scaled = boxes.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= i % 2 == 0 ? right : down;
    }
    return new ImageDetections(scaled, scores, labels, masks);
  }

  /**
   * The pixels of a detection: those that are inside more likely than not.
   *
   * @param index which one
   * @param height of the image that boxes are in pixels of
   * @param width of that image
   * @return its mask; null from a network without masks
   */
  public RunLengths mask(int index, int height, int width) {
    return masks == null
        ? null
        : PastedMask.of(masks, boxes, index, height, width).runs(height, width);
  }
}

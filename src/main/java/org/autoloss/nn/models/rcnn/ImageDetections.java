package org.autoloss.nn.models.rcnn;

/**
 * What a network sees in an image, surest first.
 *
 * @param boxes four floats for each detection, in pixels of the resized image
 * @param scores of each, in [0,1]
 * @param labels of each, from 1
 */
public record ImageDetections(float[] boxes, float[] scores, int[] labels) {
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
    return new ImageDetections(scaled, scores, labels);
  }
}

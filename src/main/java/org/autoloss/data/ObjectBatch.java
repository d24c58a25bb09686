package org.autoloss.data;

import java.util.List;

/**
 * Several examples with objects, padded below and to the right with 0, the mean colour, to one
 * size.
 *
 * @param examples with their own sizes and targets
 * @param height of all, a multiple of the stride
 * @param width of all, a multiple of the stride
 * @param images {@code [N,3,H,W]} normalised values, red first; owned by this batch
 */
public record ObjectBatch(List<ObjectExample> examples, int height, int width, float[] images) {
  /**
   * Pads examples.
   *
   * @param examples one or more
   * @param stride what sizes are multiples of; torchvision has 32
   * @return a new batch
   * @throws IllegalArgumentException if there is no example, or no array holds them
   */
  public static ObjectBatch of(List<ObjectExample> examples, int stride) {
    if (examples.isEmpty()) {
      throw new IllegalArgumentException("examples: expected one or more, got none");
    }
    int height = padded(examples.stream().mapToInt(ObjectExample::height).max().orElse(1), stride);
    int width = padded(examples.stream().mapToInt(ObjectExample::width).max().orElse(1), stride);
    Batch.requireSize(examples.size(), height, width);
    float[] images = new float[examples.size() * 3 * height * width];
    for (int i = 0; i < examples.size(); i++) {
      ObjectExample example = examples.get(i);
      for (int row = 0; row < 3 * example.height(); row++) {
        int channel = row / example.height();
        System.arraycopy(
            example.image(),
            row * example.width(),
            images,
            ((3 * i + channel) * height + row % example.height()) * width,
            example.width());
      }
    }
    return new ObjectBatch(List.copyOf(examples), height, width, images);
  }

  private static int padded(int length, int stride) {
    return (length + stride - 1) / stride * stride;
  }
}

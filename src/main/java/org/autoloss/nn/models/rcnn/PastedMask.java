package org.autoloss.nn.models.rcnn;

import org.autoloss.metric.detection.RunLengths;

/**
 * A mask of 28 x 28 probabilities, drawn into an image as torchvision does: a rim of zeros around
 * the mask, the box larger by as much and cut to whole pixels, bilinear in between.
 *
 * @param left of the part of the image that it covers
 * @param top of that part
 * @param columns of that part
 * @param values of the part's pixels, row by row
 */
record PastedMask(int left, int top, int columns, float[] values) {
  private static final int SIZE = MaskHead.SIZE;
  private static final int RIM = 1;
  private static final float GROWTH = (float) (SIZE + 2 * RIM) / SIZE;
  private static final float HALF = 0.5f;

  /** Where an axis of the box lies in whole pixels, as far as the image goes. */
  private record Axis(long start, long length, int from, int to) {
    static Axis of(float low, float high, int size) {
      float half = (high - low) * HALF * GROWTH;
      float middle = (high + low) * HALF;
      long start = (long) (middle - half);
      long length = Math.max((long) (middle + half) - start + 1, 1);
      int from = (int) Math.min(Math.max(start, 0), size);
      return new Axis(start, length, from, (int) Math.max(from, Math.min(start + length, size)));
    }

    /** The place of a pixel in the mask with its rim. */
    float place(int pixel) {
      float step = (float) (SIZE + 2 * RIM) / length;
      return Math.max(step * (pixel - start + HALF) - HALF, 0);
    }
  }

  /**
   * Draws a mask.
   *
   * @param masks 28 x 28 probabilities of each
   * @param boxes of each, in pixels of the image
   * @param index which one
   */
  static PastedMask of(float[] masks, float[] boxes, int index, int height, int width) {
    Axis across = Axis.of(boxes[4 * index], boxes[4 * index + 2], width);
    Axis down = Axis.of(boxes[4 * index + 1], boxes[4 * index + 3], height);
    int columns = across.to() - across.from();
    float[] values = new float[columns * (down.to() - down.from())];
    int at = 0;
    for (int y = down.from(); y < down.to(); y++) {
      float row = down.place(y);
      for (int x = across.from(); x < across.to(); x++) {
        values[at++] = value(masks, index * SIZE * SIZE, row, across.place(x));
      }
    }
    return new PastedMask(across.from(), down.from(), columns, values);
  }

  private static float value(float[] masks, int from, float row, float column) {
    int top = (int) row;
    int left = (int) column;
    float dy = row - top;
    float dx = column - left;
    float above = (1 - dx) * pixel(masks, from, top, left) + dx * pixel(masks, from, top, left + 1);
    float below =
        (1 - dx) * pixel(masks, from, top + 1, left) + dx * pixel(masks, from, top + 1, left + 1);
    return (1 - dy) * above + dy * below;
  }

  /** A pixel of the mask with its rim; beyond that is 0 as well. */
  private static float pixel(float[] masks, int from, int row, int column) {
    int y = row - RIM;
    int x = column - RIM;
    return y < 0 || y >= SIZE || x < 0 || x >= SIZE ? 0 : masks[from + y * SIZE + x];
  }

  /** The pixels above a half. */
  RunLengths runs(int height, int width) {
    byte[] inside = new byte[values.length];
    for (int i = 0; i < inside.length; i++) {
      inside[i] = (byte) (values[i] > HALF ? 1 : 0);
    }
    return RunLengths.encode(height, width, left, top, columns, inside);
  }
}

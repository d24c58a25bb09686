package org.autoloss.data;

import java.util.Arrays;

/**
 * A window onto a sample that is scaled to {@code scaledHeight x scaledWidth}: what scaling and
 * then cropping would give, without making the scaled image as a whole.
 *
 * <p>Images are scaled bilinearly, labels by the nearest pixel, both with pixel centres at half
 * integers, so that they stay aligned.
 */
final class View {
  private static final byte VOID = (byte) 255;

  private final Sample sample;
  private final int scaledHeight;
  private final int scaledWidth;

  View(Sample sample, double scale) {
    this.sample = sample;
    this.scaledHeight = scaled(sample.height(), scale);
    this.scaledWidth = scaled(sample.width(), scale);
  }

  int scaledHeight() {
    return scaledHeight;
  }

  int scaledWidth() {
    return scaledWidth;
  }

  /** The labels of a window; void outside the scaled image. */
  byte[] labels(int top, int left, int height, int width) {
    byte[] labels = new byte[height * width];
    Arrays.fill(labels, VOID);
    int rows = Math.min(height, scaledHeight - top);
    int columns = Math.min(width, scaledWidth - left);
    for (int y = 0; y < rows; y++) {
      int from = nearest(top + y, sample.height(), scaledHeight) * sample.width();
      for (int x = 0; x < columns; x++) {
        labels[y * width + x] =
            sample.labels()[from + nearest(left + x, sample.width(), scaledWidth)];
      }
    }
    return labels;
  }

  /** The colours of a window, {@code [3,height,width]} from 0 to 255; NaN outside the image. */
  float[] colours(int top, int left, int height, int width) {
    float[] colours = new float[3 * height * width];
    Arrays.fill(colours, Float.NaN);
    int rows = Math.min(height, scaledHeight - top);
    int columns = Math.min(width, scaledWidth - left);
    for (int y = 0; y < rows; y++) {
      float row = centre(top + y, sample.height(), scaledHeight);
      for (int x = 0; x < columns; x++) {
        interpolate(
            row,
            centre(left + x, sample.width(), scaledWidth),
            colours,
            y * width + x,
            height * width);
      }
    }
    return colours;
  }

  private void interpolate(float row, float column, float[] out, int at, int plane) {
    int y0 = (int) row;
    int x0 = (int) column;
    int down = y0 + 1 < sample.height() ? 3 * sample.width() : 0;
    int right = x0 + 1 < sample.width() ? 3 : 0;
    float dy = row - y0;
    float dx = column - x0;
    byte[] rgb = sample.rgb();
    int from = 3 * (y0 * sample.width() + x0);
    for (int c = 0; c < 3; c++) {
      int corner = from + c;
      float above = mix(rgb[corner] & 0xFF, rgb[corner + right] & 0xFF, dx);
      float below = mix(rgb[corner + down] & 0xFF, rgb[corner + down + right] & 0xFF, dx);
      out[c * plane + at] = mix(above, below, dy);
    }
  }

  private static float mix(float a, float b, float t) {
    return a + (b - a) * t;
  }

  private static float centre(int index, int size, int scaledSize) {
    double at = (index + 0.5) * size / scaledSize - 0.5;
    return (float) Math.max(0, Math.min(size - 1, at));
  }

  private static int nearest(int index, int size, int scaledSize) {
    return (int) ((2L * index + 1) * size / (2L * scaledSize));
  }

  private static int scaled(int size, double scale) {
    return (int) Math.max(1, Math.min(1 << 15, Math.round(size * scale)));
  }
}

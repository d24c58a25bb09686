package org.autoloss.data;

/** Scales a part of an image bilinearly, pixel centres at half integers, as libtorch does. */
final class Resampling {
  private Resampling() {}

  /**
   * The colours of a part, from 0 to 255.
   *
   * @return {@code [3,newHeight,newWidth]}, red first
   */
  static float[] bilinear(
      ObjectSample sample,
      int left,
      int top,
      int width,
      int height,
      int newWidth,
      int newHeight,
      boolean flipped) {
    float[] out = new float[3 * newWidth * newHeight];
    int plane = newWidth * newHeight;
    byte[] rgb = sample.rgb();
    for (int y = 0; y < newHeight; y++) {
      float row = at(y, height, newHeight);
      int above = 3 * ((top + (int) row) * sample.width() + left);
      int below = (int) row + 1 < height ? above + 3 * sample.width() : above;
      float down = row - (int) row;
      for (int x = 0; x < newWidth; x++) {
        float column = at(x, width, newWidth);
        int a = 3 * (int) column;
        int b = (int) column + 1 < width ? a + 3 : a;
        float right = column - (int) column;
        int to = y * newWidth + (flipped ? newWidth - 1 - x : x);
        for (int c = 0; c < 3; c++) {
          float upper = mix(rgb[above + a + c] & 0xFF, rgb[above + b + c] & 0xFF, right);
          float lower = mix(rgb[below + a + c] & 0xFF, rgb[below + b + c] & 0xFF, right);
          out[c * plane + to] = mix(upper, lower, down);
        }
      }
    }
    return out;
  }

  private static float mix(float a, float b, float t) {
    return a + (b - a) * t;
  }

  private static float at(int index, int length, int newLength) {
    double at = (index + 0.5) * length / newLength - 0.5;
    return (float) Math.max(0, Math.min(length - 1, at));
  }
}

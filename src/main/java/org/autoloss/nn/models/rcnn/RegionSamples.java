package org.autoloss.nn.models.rcnn;

/**
 * Where RoIAlign reads: for each cell of each box so many pixels and their weights, which sum to 1
 * where all samples lie in the image.
 */
final class RegionSamples {
  private static final int CORNERS = 4;

  final long[] places;
  final float[] weights;
  private final int size;
  private final int samples;
  private int at;

  RegionSamples(int boxes, int size, int samples) {
    this.size = size;
    this.samples = samples;
    int taps = boxes * size * size * samples * samples * CORNERS;
    places = new long[taps];
    weights = new float[taps];
  }

  void fill(int[] images, float[] boxes, float scale, int height, int width) {
    for (int r = 0; r < images.length; r++) {
      float top = boxes[4 * r + 1] * scale;
      float left = boxes[4 * r] * scale;
      float cellHeight = Math.max(boxes[4 * r + 3] * scale - top, 1) / size;
      float cellWidth = Math.max(boxes[4 * r + 2] * scale - left, 1) / size;
      long image = (long) images[r] * height * width;
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          for (int i = 0; i < samples * samples; i++) {
            float y = top + row * cellHeight + (i / samples + 0.5f) * cellHeight / samples;
            float x = left + column * cellWidth + (i % samples + 0.5f) * cellWidth / samples;
            add(image, y, x, height, width);
          }
        }
      }
    }
  }

  /** The four pixels around a sample; one beyond the image's edge by more than a pixel is 0. */
  private void add(long image, float y, float x, int height, int width) {
    boolean inside = y >= -1 && y <= height && x >= -1 && x <= width;
    float down = Math.min(Math.max(y, 0), height - 1);
    float right = Math.min(Math.max(x, 0), width - 1);
    int top = inside ? (int) down : 0;
    int left = inside ? (int) right : 0;
    int bottom = Math.min(top + 1, height - 1);
    int next = Math.min(left + 1, width - 1);
    float dy = down - top;
    float dx = right - left;
    float share = inside ? 1f / (samples * samples) : 0;
    put(image + (long) top * width + left, inside ? (1 - dy) * (1 - dx) * share : 0);
    put(image + (long) top * width + next, inside ? (1 - dy) * dx * share : 0);
    put(image + (long) bottom * width + left, inside ? dy * (1 - dx) * share : 0);
    put(image + (long) bottom * width + next, inside ? dy * dx * share : 0);
  }

  private void put(long place, float weight) {
    places[at] = place;
    weights[at++] = weight;
  }
}

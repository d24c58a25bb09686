package org.autoloss.nn.models.rcnn;

/**
 * Where RoIAlign reads: for each cell of each box so many pixels and their weights, which sum to 1
 * where all samples lie in the image.
 */
final class RegionSamples {
  private static final int CORNERS = 4;
  private static final int MOST = 1 << 10; // samples along an axis, of boxes that are nowhere

  final long[] places;
  final float[] weights;
  final long[] cells; // where each begins in the arrays above
  private final int size;
  private final Region[] regions;
  private int at;

  /** A box in the map, and how many samples each of its cells has along both axes. */
  private record Region(float top, float left, float tall, float wide, int down, int right) {}

  RegionSamples(float[] boxes, float scale, int size, int samples, boolean aligned) {
    this.size = size;
    regions = new Region[boxes.length / 4];
    cells = new long[regions.length * size * size];
    long taps = 0;
    for (int r = 0; r < regions.length; r++) {
      regions[r] = region(boxes, 4 * r, scale, size, samples, aligned);
      for (int cell = 0; cell < size * size; cell++) {
        cells[r * size * size + cell] = taps;
        taps += (long) regions[r].down() * regions[r].right() * CORNERS;
      }
    }
    places = new long[Math.toIntExact(taps)];
    weights = new float[places.length];
  }

  private static Region region(
      float[] boxes, int at, float scale, int size, int samples, boolean aligned) {
    float shift = aligned ? 0.5f : 0;
    float least = aligned ? Float.NEGATIVE_INFINITY : 1;
    float left = boxes[at] * scale - shift;
    float top = boxes[at + 1] * scale - shift;
    float wide = Math.max(boxes[at + 2] * scale - shift - left, least) / size;
    float tall = Math.max(boxes[at + 3] * scale - shift - top, least) / size;
    return new Region(
        top,
        left,
        tall,
        wide,
        samples > 0 ? samples : samples(tall),
        samples > 0 ? samples : samples(wide));
  }

  private static int samples(float pixels) {
    return (int) Math.min(Math.max(Math.ceil(pixels), 0), MOST);
  }

  void fill(int[] images, int height, int width) {
    for (int r = 0; r < images.length; r++) {
      long image = (long) images[r] * height * width;
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          fill(regions[r], image, row, column, height, width);
        }
      }
    }
  }

  private void fill(Region region, long image, int row, int column, int height, int width) {
    int count = region.down() * region.right();
    for (int i = 0; i < count; i++) {
      float down = (i / region.right() + 0.5f) * region.tall() / region.down();
      float right = (i % region.right() + 0.5f) * region.wide() / region.right();
      float y = region.top() + row * region.tall() + down;
      float x = region.left() + column * region.wide() + right;
      add(image, y, x, height, width, 1f / count);
    }
  }

  /** The four pixels around a sample; one beyond the image's edge by more than a pixel is 0. */
  private void add(long image, float y, float x, int height, int width, float each) {
    boolean inside = y >= -1 && y <= height && x >= -1 && x <= width;
    float down = Math.min(Math.max(y, 0), height - 1);
    float right = Math.min(Math.max(x, 0), width - 1);
    int top = inside ? (int) down : 0;
    int left = inside ? (int) right : 0;
    int bottom = Math.min(top + 1, height - 1);
    int next = Math.min(left + 1, width - 1);
    float dy = down - top;
    float dx = right - left;
    float share = inside ? each : 0;
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

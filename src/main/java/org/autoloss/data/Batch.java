package org.autoloss.data;

import java.util.Locale;

/**
 * Several examples of one size in a row.
 *
 * @param size how many, N
 * @param height in pixels, H
 * @param width in pixels, W
 * @param images {@code [N,3,H,W]} normalised values, red first; owned by this batch
 * @param labels {@code [N,H,W]} class indices as unsigned bytes, 255 is void; owned by this batch
 */
public record Batch(int size, int height, int width, float[] images, byte[] labels) {
  /** Where examples come from. */
  interface Source {
    Example example(int index);
  }

  // A float for each of three colours, and a byte of label.
  private static final int PIXEL_BYTES = 3 * Float.BYTES + 1;

  /**
   * Says whether a batch fits into an array and into Java's memory.
   *
   * @param size how many examples
   * @param height in pixels
   * @param width in pixels
   * @throws IllegalArgumentException if not
   */
  public static void requireSize(int size, int height, int width) {
    long pixels = (long) height * width;
    long most =
        Math.min(
            Integer.MAX_VALUE / (3 * pixels),
            Runtime.getRuntime().maxMemory() / (PIXEL_BYTES * pixels));
    if (size < 1 || size > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "batchSize: expected 1 to %d samples of %dx%d pixels, which Java's memory holds, got"
                  + " %d; take fewer, or smaller crops",
              most,
              height,
              width,
              size));
    }
  }

  static Batch of(int size, int height, int width, Source source) {
    int pixels = height * width;
    float[] images = new float[Math.multiplyExact(size, 3 * pixels)];
    byte[] labels = new byte[size * pixels];
    for (int i = 0; i < size; i++) {
      Example example = source.example(i);
      System.arraycopy(example.image(), 0, images, i * 3 * pixels, 3 * pixels);
      System.arraycopy(example.labels(), 0, labels, i * pixels, pixels);
    }
    return new Batch(size, height, width, images, labels);
  }
}

package org.autoloss.metric.detection;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A mask as COCO stores it: lengths of runs down the columns, the first of zeros, then of ones, by
 * turns. Immutable.
 */
public final class RunLengths implements Segmentation {
  private final int height;
  private final int width;
  private final int[] counts;

  private RunLengths(int height, int width, int[] counts) {
    this.height = height;
    this.width = width;
    this.counts = counts;
  }

  /** Runs that are known to be whole; not copied. */
  static RunLengths trusted(int height, int width, int[] counts) {
    return new RunLengths(height, width, counts);
  }

  /**
   * A mask from its runs.
   *
   * @param height of the image
   * @param width of the image
   * @param counts lengths of runs, zeros first, then ones; copied
   * @return the mask
   * @throws IllegalArgumentException if a size or run is below 0, or the runs do not fill the image
   */
  public static RunLengths of(int height, int width, int... counts) {
    requireSizes(height, width);
    long sum = 0;
    for (int count : counts) {
      if (count < 0) {
        throw new IllegalArgumentException("counts: expected runs of 0 or more, got " + count);
      }
      sum += count;
    }
    if (sum != (long) height * width) {
      throw new IllegalArgumentException(
          "counts: expected runs of "
              + (long) height * width
              + " pixels, as the size is "
              + height
              + "x"
              + width
              + ", got "
              + sum);
    }
    return new RunLengths(height, width, counts.clone());
  }

  static void requireSizes(int height, int width) {
    if (height < 0 || width < 0 || (long) height * width > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "size: expected height and width of 0 or more and fewer than 2^31 pixels, got "
              + height
              + "x"
              + width);
    }
  }

  /**
   * A mask from COCO's string.
   *
   * @param height of the image
   * @param width of the image
   * @param text of the runs
   * @return the mask
   * @throws IllegalArgumentException if the text is damaged, or its runs do not fill the image
   */
  public static RunLengths parse(int height, int width, String text) {
    return of(height, width, RunLengthText.parse(text));
  }

  /**
   * A mask from pixels.
   *
   * @param height of the image
   * @param width of the image
   * @param pixels row by row; 0 is outside
   * @return the mask
   * @throws IllegalArgumentException if there are not {@code height*width} pixels
   */
  public static RunLengths encode(int height, int width, byte[] pixels) {
    requireSizes(height, width);
    if (pixels.length != height * width) {
      throw new IllegalArgumentException(
          "pixels: expected " + height * width + ", got " + pixels.length);
    }
    Runs runs = new Runs();
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        runs.add(pixels[y * width + x] != 0, 1);
      }
    }
    return new RunLengths(height, width, runs.end());
  }

  /**
   * A mask from the pixels of a part of the image; the rest is outside.
   *
   * @param height of the image
   * @param width of the image
   * @param left of the part
   * @param top of the part
   * @param columns of the part
   * @param pixels of the part, row by row; 0 is outside
   * @return the mask
   * @throws IllegalArgumentException if the part does not lie in the image, or is no rectangle
   */
  public static RunLengths encode(
      int height, int width, int left, int top, int columns, byte[] pixels) {
    requireSizes(height, width);
    int rows = columns == 0 ? 0 : pixels.length / columns;
    boolean fits = rows * columns == pixels.length && Math.min(Math.min(left, top), columns) >= 0;
    if (!fits || (long) left + columns > width || (long) top + rows > height) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "part: expected one in %dx%d pixels, got %d pixels in %d columns from row %d and"
                  + " column %d",
              height,
              width,
              pixels.length,
              columns,
              top,
              left));
    }
    Runs runs = new Runs();
    runs.add(false, left * height);
    for (int x = 0; x < columns; x++) {
      runs.add(false, top);
      for (int y = 0; y < rows; y++) {
        runs.add(pixels[y * columns + x] != 0, 1);
      }
      runs.add(false, height - top - rows);
    }
    runs.add(false, (width - left - columns) * height);
    return new RunLengths(height, width, runs.end());
  }

  /**
   * The pixels.
   *
   * @return row by row, 1 inside, 0 outside
   */
  public byte[] decode() {
    byte[] pixels = new byte[height * width];
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      for (int end = at + counts[i]; at < end; at++) {
        pixels[at % height * width + at / height] = (byte) (i & 1);
      }
    }
    return pixels;
  }

  /**
   * The union of masks.
   *
   * @param masks at least one, of one size
   * @return the pixels that are in any of them
   * @throws IllegalArgumentException if there is none, or sizes differ
   */
  public static RunLengths union(List<RunLengths> masks) {
    return masks.stream()
        .reduce((a, b) -> a.merge(b, false))
        .orElseThrow(() -> new IllegalArgumentException("masks: expected at least one, got none"));
  }

  /**
   * The intersection of masks.
   *
   * @param masks at least one, of one size
   * @return the pixels that are in all of them
   * @throws IllegalArgumentException if there is none, or sizes differ
   */
  public static RunLengths intersection(List<RunLengths> masks) {
    return masks.stream()
        .reduce((a, b) -> a.merge(b, true))
        .orElseThrow(() -> new IllegalArgumentException("masks: expected at least one, got none"));
  }

  private RunLengths merge(RunLengths other, boolean both) {
    requireSame(other);
    Runs merged = new Runs();
    Walk a = new Walk(counts);
    Walk b = new Walk(other.counts);
    for (long left = (long) height * width; left > 0; ) {
      int step = Math.min(a.left(), b.left());
      merged.add(both ? a.inside() && b.inside() : a.inside() || b.inside(), step);
      a.go(step);
      b.go(step);
      left -= step;
    }
    return new RunLengths(height, width, merged.end());
  }

  private void requireSame(RunLengths other) {
    if (height != other.height || width != other.width) {
      throw new IllegalArgumentException(
          "mask: expected one of "
              + height
              + "x"
              + width
              + ", got "
              + other.height
              + "x"
              + other.width);
    }
  }

  /**
   * Intersection over union with a ground truth; for a crowd, which need not be covered,
   * intersection over this mask's own area.
   *
   * @param truth the ground truth, of the same sizes
   * @param crowd whether it stands for many objects
   * @return in [0,1]; 0 where both are empty
   * @throws IllegalArgumentException if sizes differ
   */
  public double iou(RunLengths truth, boolean crowd) {
    requireSame(truth);
    long both = 0;
    long any = 0;
    Walk a = new Walk(counts);
    Walk b = new Walk(truth.counts);
    for (long left = (long) height * width; left > 0; ) {
      int step = Math.min(a.left(), b.left());
      both += a.inside() && b.inside() ? step : 0;
      any += a.inside() || b.inside() ? step : 0;
      a.go(step);
      b.go(step);
      left -= step;
    }
    return both == 0 ? 0 : (double) both / (crowd ? area() : any);
  }

  /**
   * The number of pixels inside.
   *
   * @return 0 or more
   */
  public int area() {
    int area = 0;
    for (int i = 1; i < counts.length; i += 2) {
      area += counts[i];
    }
    return area;
  }

  /**
   * The smallest box of whole pixels around the mask.
   *
   * @return all 0 where it is empty
   */
  public Box bounds() {
    int left = width;
    int right = -1;
    int top = height;
    int bottom = -1;
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      if ((i & 1) == 1 && counts[i] > 0) {
        int last = at + counts[i] - 1;
        boolean oneColumn = at / height == last / height;
        left = Math.min(left, at / height);
        right = Math.max(right, last / height);
        top = Math.min(top, oneColumn ? at % height : 0);
        bottom = Math.max(bottom, oneColumn ? last % height : height - 1);
      }
      at += counts[i];
    }
    return right < 0 ? new Box(0, 0, 0, 0) : new Box(left, top, right - left + 1, bottom - top + 1);
  }

  /**
   * COCO's string of the runs.
   *
   * @return what {@link #parse} reads
   */
  public String text() {
    return RunLengthText.of(counts);
  }

  /**
   * The lengths of the runs.
   *
   * @return a copy, zeros first
   */
  public int[] counts() {
    return counts.clone();
  }

  /**
   * The image's height.
   *
   * @return in pixels
   */
  public int height() {
    return height;
  }

  /**
   * The image's width.
   *
   * @return in pixels
   */
  public int width() {
    return width;
  }

  @Override
  public RunLengths runs(int imageHeight, int imageWidth) {
    if (height != imageHeight || width != imageWidth) {
      throw new IllegalArgumentException(
          "segmentation: expected runs of the image's size, "
              + imageHeight
              + "x"
              + imageWidth
              + ", got "
              + height
              + "x"
              + width);
    }
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RunLengths mask
        && height == mask.height
        && width == mask.width
        && Arrays.equals(counts, mask.counts);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * height + width) + Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return height + "x" + width + ":" + text();
  }

  /** Runs being read. */
  private static final class Walk {
    private final int[] counts;
    private int run;
    private int left;

    Walk(int[] counts) {
      this.counts = counts;
      left = counts.length == 0 ? 0 : counts[0];
      skip();
    }

    boolean inside() {
      return (run & 1) == 1;
    }

    int left() {
      return left;
    }

    void go(int step) {
      left -= step;
      skip();
    }

    private void skip() {
      while (left == 0 && run + 1 < counts.length) {
        left = counts[++run];
      }
    }
  }

  /** Runs being written. */
  private static final class Runs {
    private int[] counts = new int[16];
    private int size;
    private boolean inside;
    private int length;

    void add(boolean pixel, int count) {
      if (count > 0 && pixel != inside) {
        push();
        inside = pixel;
      }
      length += count;
    }

    private void push() {
      if (size == counts.length) {
        counts = Arrays.copyOf(counts, 2 * size);
      }
      counts[size++] = length;
      length = 0;
    }

    int[] end() {
      push();
      return Arrays.copyOf(counts, size);
    }
  }
}

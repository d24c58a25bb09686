package org.autoloss.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.internal.Excerpt;

/**
 * The size that images are brought to before random scales: as large as possible within two limits,
 * height to width as they were. This is mmsegmentation's {@code img_scale} with {@code keep_ratio},
 * such as (2048, 512).
 *
 * @param longSide limit of the longer side in pixels; 0 for none
 * @param shortSide limit of the shorter side in pixels; 0 leaves images as they are
 */
public record BaseSize(int longSide, int shortSide) {
  /** Leaves images as they are. */
  public static final BaseSize NONE = new BaseSize(0, 0);

  private static final int LARGEST = 1 << 15;
  private static final Pattern TEXT = Pattern.compile("(?:(\\d{1,9})x)?(\\d{1,9})");

  /**
   * Checks the sides.
   *
   * @throws IllegalArgumentException if one is out of range, or the longer side is the shorter one
   */
  public BaseSize {
    if (shortSide < 0 || shortSide > LARGEST || longSide < 0 || longSide > LARGEST) {
      throw new IllegalArgumentException(
          "base size: expected sides of 0 to " + LARGEST + ", got " + longSide + "x" + shortSide);
    }
    if (longSide > 0 && longSide < shortSide) {
      throw new IllegalArgumentException(
          "base size: expected the longer side first, as in 2048x512, got "
              + longSide
              + "x"
              + shortSide);
    }
  }

  /**
   * Reads {@code 2048x512}, the longer side first, or {@code 512} for a limit of the shorter side
   * alone; 0 leaves images as they are.
   *
   * @param name of the argument, for messages
   * @param text to read
   * @return the size
   * @throws IllegalArgumentException if it is neither
   */
  public static BaseSize parse(String name, String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          name
              + ": expected the longer and the shorter side in pixels, such as 2048x512, got '"
              + Excerpt.of(text)
              + "'");
    }
    return new BaseSize(
        matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)));
  }

  /** What an image's sides are multiplied by. */
  double factor(Sample sample) {
    if (shortSide == 0) {
      return 1;
    }
    double factor = (double) shortSide / Math.min(sample.width(), sample.height());
    return longSide == 0
        ? factor
        : Math.min(factor, (double) longSide / Math.max(sample.width(), sample.height()));
  }

  /**
   * The size that a detector's image gets: that of torchvision's {@code GeneralizedRCNNTransform}.
   * PyTorch divides a number by a tensor as the number times the reciprocal, in float32, and the
   * product is rounded down: of 50 pixels that shall become 80, 79 are left.
   *
   * @param height in pixels
   * @param width in pixels
   * @return height and width
   */
  public Extent detectorSize(int height, int width) {
    if (shortSide == 0) {
      return new Extent(height, width);
    }
    float byShort = 1f / Math.min(width, height) * shortSide;
    float byLong = longSide == 0 ? byShort : 1f / Math.max(width, height) * longSide;
    double scale = Math.min(byShort, byLong);
    return new Extent(scaled(height, scale), scaled(width, scale));
  }

  private static int scaled(int length, double scale) {
    return Math.max(1, (int) Math.floor(length * scale));
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return longSide == 0 ? Integer.toString(shortSide) : longSide + "x" + shortSide;
  }
}

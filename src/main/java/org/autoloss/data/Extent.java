package org.autoloss.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.internal.Excerpt;

/**
 * Height and width of an image.
 *
 * @param height in pixels, at least 1
 * @param width in pixels, at least 1
 */
public record Extent(int height, int width) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(?:x(\\d{1,9}))?");

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if there is no pixel, or no array holds the colours of all
   */
  public Extent {
    if (height < 1 || width < 1 || (long) height * width > Integer.MAX_VALUE / 3) {
      throw new IllegalArgumentException(
          "size: expected a positive height and width, of at most 715827882 pixels together, got "
              + height
              + "x"
              + width);
    }
  }

  /**
   * A square.
   *
   * @param side in pixels
   * @return the extent
   */
  public static Extent square(int side) {
    return new Extent(side, side);
  }

  /**
   * Reads {@code 96x128}, the height first, or {@code 64} for a square.
   *
   * @param name of the argument, for messages
   * @param text to read
   * @return the extent
   * @throws IllegalArgumentException if it is neither
   */
  public static Extent parse(String name, String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          name
              + ": expected a height and a width in pixels, such as 96x128, or one number for a"
              + " square, got '"
              + Excerpt.of(text)
              + "'");
    }
    int height = Integer.parseInt(matcher.group(1));
    return new Extent(
        height, matcher.group(2) == null ? height : Integer.parseInt(matcher.group(2)));
  }

  /**
   * How many pixels there are.
   *
   * @return height times width
   */
  public int pixels() {
    return height * width;
  }

  /** The smallest extent around this one whose sides are multiples of a number. */
  Extent roundedUp(int multiple) {
    return new Extent(roundedUp(height, multiple), roundedUp(width, multiple));
  }

  private static int roundedUp(int side, int multiple) {
    return Math.multiplyExact((side - 1) / multiple + 1, multiple);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return height == width ? Integer.toString(height) : height + "x" + width;
  }
}

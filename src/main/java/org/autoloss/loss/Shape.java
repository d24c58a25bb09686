package org.autoloss.loss;

import java.util.Locale;

/**
 * The sizes of a batch of logits.
 *
 * @param n images, 0 or more
 * @param c classes, 1 to 1,024; losses and metrics want 2 or more
 * @param h height, 0 or more
 * @param w width, 0 or more
 */
public record Shape(long n, long c, long h, long w) {
  /** The largest number of classes. */
  public static final long MAX_CLASSES = 1024;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a size is out of range, or the product is beyond a long
   */
  public Shape {
    if (n < 0 || h < 0 || w < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "shape: expected sizes of 0 or more, got [%d,%d,%d,%d]", n, c, h, w));
    }
    if (c < 1 || c > MAX_CLASSES) {
      throw new IllegalArgumentException(
          "classes: expected 1 to " + MAX_CLASSES + " (dimension 1 of the logits), got " + c);
    }
    try {
      Math.multiplyExact(Math.multiplyExact(n, c), Math.multiplyExact(h, w));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "shape: expected at most 2^63-1 elements, got [%d,%d,%d,%d]",
              n,
              c,
              h,
              w),
          e);
    }
  }

  /**
   * How many labels there are.
   *
   * @return {@code n*h*w}
   */
  public long pixels() {
    return n * h * w;
  }

  /**
   * How many logits there are.
   *
   * @return {@code n*c*h*w}
   */
  public long elements() {
    return pixels() * c;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "[%d,%d,%d,%d]", n, c, h, w);
  }
}

package org.autoloss.loss.handcrafted;

/** Checks of the numbers that losses are made with. */
final class Ranges {
  /** The most that a loss takes: what is made of it stays within float32. */
  private static final double MOST = 1e6;

  private Ranges() {}

  /** The value, if it is a number from 0 to 1e6. */
  static double weight(String name, double value) {
    if (!(value >= 0 && value <= MOST)) {
      throw new IllegalArgumentException(name + ": expected 0 to 1e6, got " + value);
    }
    return value;
  }

  /** The value, if it is a number above 0 and at most {@code most}. */
  static double positive(double most, String name, double value) {
    if (!(value > 0 && value <= most)) {
      throw new IllegalArgumentException(
          name + ": expected a number above 0, at most " + most + ", got " + value);
    }
    return value;
  }
}

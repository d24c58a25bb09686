package org.autoloss.loss.handcrafted;

/** Checks of the numbers that losses are made with. */
final class Ranges {
  private Ranges() {}

  /** The value, if it is a finite number from {@code least} on. */
  static double atLeast(double least, String name, double value) {
    if (!(value >= least && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          name + ": expected a number from " + least + " on, got " + value);
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

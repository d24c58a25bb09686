package org.autoloss.experiment;

/** The ranges that the counts of all plans share. */
final class Counts {
  // All trainings of a comparison are one list.
  private static final int MOST_SEEDS = 1_000;

  private Counts() {}

  /** A number of steps or trainings that come one after the other. */
  static void requireOne(String name, int got) {
    require(name, got, Integer.MAX_VALUE);
  }

  /** A number of steps that there may be none of. */
  static void requireZero(String name, int got) {
    if (got < 0) {
      throw new IllegalArgumentException(name + ": expected at least 0, got " + got);
    }
  }

  /** A number of seeds or candidates, each of which is trained in each comparison. */
  static void requireFew(String name, int got) {
    require(name, got, MOST_SEEDS);
  }

  static void require(String name, int got, int most) {
    if (got < 1 || got > most) {
      throw new IllegalArgumentException(
          name
              + ": expected "
              + (most == Integer.MAX_VALUE ? "at least 1" : "1 to " + most)
              + ", got "
              + got);
    }
  }
}

package org.autoloss.metric.detection;

/**
 * Sums doubles in the order in which numpy does, so that means have its bits: buffer by buffer of
 * 8,192 numbers, each by halves, and eight running sums over what has 128 numbers or fewer.
 *
 * <p>That is numpy 1's order, by which the published values of pycocotools were made. numpy 2.4
 * halves the whole array, however long; the two differ in the last bit of some means of more than
 * 8,192 numbers.
 */
final class PairwiseSum {
  private static final int LANES = 8;
  private static final int BLOCK = 128;
  private static final int BUFFER = 8_192;

  private PairwiseSum() {}

  /** The sum of the first numbers. */
  static double of(double[] values, int count) {
    double sum = 0;
    for (int from = 0; from < count; from += BUFFER) {
      sum += of(values, from, Math.min(BUFFER, count - from));
    }
    return sum;
  }

  /** The mean of the first numbers that are above -1; -1 if there are none. */
  static double meanOfDefined(double[] values, int count) {
    double[] defined = new double[count];
    int size = 0;
    for (int i = 0; i < count; i++) {
      if (values[i] > -1) {
        defined[size++] = values[i];
      }
    }
    return size == 0 ? -1 : of(defined, size) / size;
  }

  private static double of(double[] values, int from, int count) {
    if (count > BLOCK) {
      int half = count / 2 - count / 2 % LANES;
      return of(values, from, half) + of(values, from + half, count - half);
    }
    int whole = count < LANES ? 0 : count - count % LANES;
    double sum = whole == 0 ? 0 : lanes(values, from, whole);
    for (int i = whole; i < count; i++) {
      sum += values[from + i];
    }
    return sum;
  }

  private static double lanes(double[] values, int from, int count) {
    double[] r = new double[LANES];
    System.arraycopy(values, from, r, 0, LANES);
    for (int i = LANES; i < count; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        r[lane] += values[from + i + lane];
      }
    }
    return ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  }
}

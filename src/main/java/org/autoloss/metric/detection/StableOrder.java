package org.autoloss.metric.detection;

/**
 * The order of numbers from the largest to the smallest, in which equal ones keep theirs: numpy's
 * {@code argsort(-x, kind="mergesort")}, without an object for each number.
 */
final class StableOrder {
  private static final int RUN = 8; // sorted by insertion

  private StableOrder() {}

  /** The places of the first numbers, which are not NaN, from the largest one on. */
  static int[] descending(double[] keys, int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    for (int from = 0; from < count; from += RUN) {
      insert(keys, order, from, Math.min(count, from + RUN));
    }
    int[] other = count > RUN ? new int[count] : order;
    for (int width = RUN; width < count; width *= 2) {
      for (int from = 0; from < count; from += 2 * width) {
        int middle = Math.min(count, from + width);
        merge(keys, order, other, from, middle, Math.min(count, from + 2 * width));
      }
      int[] swap = order;
      order = other;
      other = swap;
    }
    return order;
  }

  private static void insert(double[] keys, int[] order, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      int moved = order[i];
      int at = i;
      for (; at > from && keys[order[at - 1]] < keys[moved]; at--) {
        order[at] = order[at - 1];
      }
      order[at] = moved;
    }
  }

  private static void merge(double[] keys, int[] from, int[] to, int begin, int middle, int end) {
    int left = begin;
    int right = middle;
    for (int at = begin; at < end; at++) {
      boolean first = right >= end || left < middle && !(keys[from[left]] < keys[from[right]]);
      to[at] = first ? from[left++] : from[right++];
    }
  }
}

package org.autoloss.metric.detection;

import java.util.Arrays;

/**
 * What became of the detections of one category, over all images.
 *
 * <p>For each detection a bit for each area range and threshold, at {@link #bit}: 40 in all, so
 * that a long holds what pycocotools keeps in 40 arrays.
 */
final class CategoryMatches {
  static final int THRESHOLDS = 10;
  static final int AREAS = AreaRange.values().length;
  static final long ALL_THRESHOLDS = (1L << THRESHOLDS) - 1;

  private double[] scores = new double[64];
  private long[] matched = new long[64];
  private long[] ignored = new long[64];
  private int[] ranks = new int[64];
  private int size;
  private final int[] objects = new int[AREAS];

  /** The place of a bit. */
  static int bit(int area, int threshold) {
    return area * THRESHOLDS + threshold;
  }

  /**
   * A further detection.
   *
   * @param rank its place among those of its image
   */
  void add(double score, int rank, long matchedBits, long ignoredBits) {
    if (size == scores.length) {
      scores = Arrays.copyOf(scores, 2 * size);
      matched = Arrays.copyOf(matched, 2 * size);
      ignored = Arrays.copyOf(ignored, 2 * size);
      ranks = Arrays.copyOf(ranks, 2 * size);
    }
    scores[size] = score;
    matched[size] = matchedBits;
    ignored[size] = ignoredBits;
    ranks[size++] = rank;
  }

  /** Further objects that should be found. */
  void addObjects(int area, int count) {
    objects[area] += count;
  }

  int objects(int area) {
    return objects[area];
  }

  int size() {
    return size;
  }

  /** Puts the surest first; of images in order, equal ones keep theirs. */
  void sort() {
    int[] order = StableOrder.descending(scores, size);
    long[] sortedMatched = new long[size];
    long[] sortedIgnored = new long[size];
    int[] sortedRanks = new int[size];
    for (int i = 0; i < size; i++) {
      sortedMatched[i] = matched[order[i]];
      sortedIgnored[i] = ignored[order[i]];
      sortedRanks[i] = ranks[order[i]];
    }
    matched = sortedMatched;
    ignored = sortedIgnored;
    ranks = sortedRanks;
  }

  /** How many objects the detections before a rank find, by bit. */
  int[] found(int limit) {
    int[] found = new int[AREAS * THRESHOLDS];
    for (int i = 0; i < size; i++) {
      long right = ranks[i] < limit ? matched[i] & ~ignored[i] : 0;
      for (; right != 0; right &= right - 1) {
        found[Long.numberOfTrailingZeros(right)]++;
      }
    }
    return found;
  }

  /**
   * Precision where the n-th object is found, n = 1, 2, ..., made non-increasing from the right.
   *
   * <p>Between two right detections precision only falls, so these places are enough.
   *
   * @param found how many are, at this bit
   */
  double[] envelope(int bit, int found) {
    double[] precision = new double[found];
    int right = 0;
    int wrong = 0;
    for (int i = 0; right < found; i++) {
      if ((ignored[i] >>> bit & 1) == 0) {
        if ((matched[i] >>> bit & 1) == 0) {
          wrong++;
        } else {
          right++;
          precision[right - 1] = right / ((double) wrong + right + Math.ulp(1.0));
        }
      }
    }
    for (int i = found - 1; i > 0; i--) {
      precision[i - 1] = Math.max(precision[i - 1], precision[i]);
    }
    return precision;
  }
}

package org.autoloss.metric.detection;

import java.util.Arrays;

/**
 * Matches the detections of one image and category with its objects, greedily, the surest first,
 * for all area ranges and thresholds. Keeps its memory from image to image.
 */
final class ImageMatcher {
  private static final double ALMOST_ONE = 1 - 1e-10;

  private final Overlap overlap;
  private final boolean honoursIgnored;
  private final double[] thresholds = CocoSettings.thresholds();
  private double[] overlaps = new double[64]; // detection by object
  private double[] largest = new double[16]; // of each detection
  private boolean[] leftOut = new boolean[16];
  private int[] order = new int[16];
  private int[] taken = new int[16]; // a bit for each threshold
  private long[] matched = new long[16];
  private long[] ignored = new long[16];

  ImageMatcher(CocoSettings settings) {
    overlap = Overlap.of(settings);
    honoursIgnored = settings.honoursIgnored();
    for (int i = 0; i < thresholds.length; i++) {
      thresholds[i] = Math.min(thresholds[i], ALMOST_ONE);
    }
  }

  /** Adds what becomes of detections, the surest first. */
  void match(GroundTruth[] truths, Detection[] detections, CategoryMatches matches) {
    reserve(truths.length, detections.length);
    compare(truths, detections);
    Arrays.fill(matched, 0, detections.length, 0);
    Arrays.fill(ignored, 0, detections.length, 0);
    for (AreaRange area : AreaRange.values()) {
      matches.addObjects(area.ordinal(), sort(truths, area));
      Arrays.fill(taken, 0, truths.length, 0);
      for (int d = 0; d < detections.length; d++) {
        match(truths, d, area.ordinal());
        if (!area.holds(detections[d].area())) {
          int shift = CategoryMatches.bit(area.ordinal(), 0);
          ignored[d] |= ~matched[d] & CategoryMatches.ALL_THRESHOLDS << shift;
        }
      }
    }
    for (int d = 0; d < detections.length; d++) {
      matches.add(detections[d].score(), d, matched[d], ignored[d]);
    }
  }

  private void reserve(int truths, int detections) {
    if (leftOut.length < truths) {
      leftOut = new boolean[2 * truths];
      order = new int[2 * truths];
      taken = new int[2 * truths];
    }
    if (largest.length < detections) {
      largest = new double[2 * detections];
      matched = new long[2 * detections];
      ignored = new long[2 * detections];
    }
    if (overlaps.length < (long) truths * detections) {
      overlaps = new double[Math.multiplyExact(truths, detections)];
    }
  }

  private void compare(GroundTruth[] truths, Detection[] detections) {
    overlap.compare(truths, detections, overlaps);
    for (int d = 0; d < detections.length; d++) {
      double most = 0;
      for (int g = 0; g < truths.length; g++) {
        most = Math.max(most, overlaps[d * truths.length + g]);
      }
      largest[d] = most;
    }
  }

  /** Puts objects that are left out last; returns how many are not. */
  private int sort(GroundTruth[] truths, AreaRange area) {
    int regular = 0;
    for (int g = 0; g < truths.length; g++) {
      GroundTruth truth = truths[g];
      leftOut[g] =
          truth.crowd()
              || honoursIgnored && truth.ignored()
              || overlap.leavesOut(truth)
              || !area.holds(truth.area());
      if (!leftOut[g]) {
        order[regular++] = g;
      }
    }
    int at = regular;
    for (int g = 0; g < truths.length; g++) {
      if (leftOut[g]) {
        order[at++] = g;
      }
    }
    return regular;
  }

  private void match(GroundTruth[] truths, int detection, int area) {
    // No threshold above its largest overlap finds it anything.
    for (int t = 0; t < thresholds.length && thresholds[t] <= largest[detection]; t++) {
      int object = best(truths, detection, t);
      if (object >= 0) {
        taken[object] |= 1 << t;
        long bit = 1L << CategoryMatches.bit(area, t);
        matched[detection] |= bit;
        ignored[detection] |= leftOut[object] ? bit : 0;
      }
    }
  }

  /** The object with the largest overlap, of equal ones the last; regular ones before others. */
  private int best(GroundTruth[] truths, int detection, int threshold) {
    double most = thresholds[threshold];
    int best = -1;
    for (int i = 0; i < truths.length; i++) {
      int object = order[i];
      if (best >= 0 && !leftOut[best] && leftOut[object]) {
        break;
      }
      boolean free = (taken[object] >>> threshold & 1) == 0 || truths[object].crowd();
      double here = overlaps[detection * truths.length + object];
      if (free && here >= most) {
        most = here;
        best = object;
      }
    }
    return best;
  }
}

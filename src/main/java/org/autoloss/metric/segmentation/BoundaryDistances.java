package org.autoloss.metric.segmentation;

import java.util.Locale;

/**
 * How far the boundary metrics that know no tolerance look, as shares of the image's diagonal.
 *
 * @param region d of {@link SegmentationMetric#CHENG_BIOU}, how deep boundary regions are; above 0,
 *     at most 1
 * @param match theta of {@link SegmentationMetric#CSURKA_BF}, how near boundaries must be to match;
 *     above 0, at most 1
 */
public record BoundaryDistances(double region, double match) {
  /**
   * What the papers take: 2 % (Cheng et al., CVPR 2021, for COCO; 0.5 % suits the larger images of
   * Cityscapes) and 0.75 % (Csurka et al., BMVC 2013).
   */
  public static final BoundaryDistances STANDARD = new BoundaryDistances(0.02, 0.0075);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a distance is out of range
   */
  public BoundaryDistances {
    check(SegmentationMetric.CHENG_BIOU, region);
    check(SegmentationMetric.CSURKA_BF, match);
  }

  /** The depth of boundary regions in whole pixels, at least 1, as the authors' code has it. */
  int regionPixels(long height, long width) {
    return (int) Math.max(1, Math.rint(region * Math.hypot(height, width)));
  }

  /** How near boundaries must be to match, in pixels. */
  double matchPixels(long height, long width) {
    return match * Math.hypot(height, width);
  }

  private static void check(SegmentationMetric metric, double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "distance of %s: expected a share of the diagonal above 0 and at most 1, got %s",
              metric,
              share));
    }
  }
}

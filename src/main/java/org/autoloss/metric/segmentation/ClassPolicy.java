package org.autoloss.metric.segmentation;

import org.autoloss.loss.AbsentClasses;

/**
 * How absent classes, the background and boundaries are treated: one object for loss, search reward
 * and metric, so that they cannot drift apart.
 *
 * @param inLoss absent classes in the batch of a loss
 * @param inMetric absent classes in the data set of a metric
 * @param tolerance in pixels (Chebyshev distance), 0 or more: how far apart two boundaries may be
 *     and still match, and how wide the band of BIoU is; region metrics do not use it
 * @param dropBackground whether class 0 is left out of boundaries
 * @param ignoredEdges what ignored pixels do to the boundaries of BIoU and BF1
 */
public record ClassPolicy(
    AbsentClasses inLoss,
    AbsentClasses inMetric,
    int tolerance,
    boolean dropBackground,
    IgnoredEdges ignoredEdges) {
  /**
   * What Auto Seg-Loss does (Li et al., ICLR 2021): tolerance 5, background kept, ignored pixels
   * count in boundaries.
   */
  public static final ClassPolicy ASL =
      new ClassPolicy(AbsentClasses.COUNT, AbsentClasses.SKIP, 5, false, IgnoredEdges.COUNT);

  /** The same, but ignored pixels have no value and no gradient, and count nowhere. */
  public static final ClassPolicy STRICT = ASL.withIgnoredEdges(IgnoredEdges.SKIP);

  /**
   * Checks the tolerance.
   *
   * @throws IllegalArgumentException if the tolerance is negative
   */
  public ClassPolicy {
    if (tolerance < 0) {
      throw new IllegalArgumentException("tolerance: expected 0 or more pixels, got " + tolerance);
    }
  }

  /**
   * The same policy with another tolerance.
   *
   * @param pixels 0 or more
   * @return a new policy
   */
  public ClassPolicy withTolerance(int pixels) {
    return new ClassPolicy(inLoss, inMetric, pixels, dropBackground, ignoredEdges);
  }

  /**
   * The same policy with or without the background's boundaries.
   *
   * @param drop whether class 0 is left out of boundaries
   * @return a new policy
   */
  public ClassPolicy withDropBackground(boolean drop) {
    return new ClassPolicy(inLoss, inMetric, tolerance, drop, ignoredEdges);
  }

  /**
   * The same policy with another treatment of absent classes in losses.
   *
   * @param absent what an absent class does
   * @return a new policy
   */
  public ClassPolicy withAbsentInLoss(AbsentClasses absent) {
    return new ClassPolicy(absent, inMetric, tolerance, dropBackground, ignoredEdges);
  }

  /**
   * The same policy with another treatment of ignored pixels in boundaries.
   *
   * @param ignored what an ignored pixel does
   * @return a new policy
   */
  public ClassPolicy withIgnoredEdges(IgnoredEdges ignored) {
    return new ClassPolicy(inLoss, inMetric, tolerance, dropBackground, ignored);
  }
}

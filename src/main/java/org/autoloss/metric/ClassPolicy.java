package org.autoloss.metric;

/**
 * How absent classes, the background and boundaries are treated: one object for loss, search reward
 * and metric, so that they cannot drift apart.
 *
 * @param inLoss absent classes in the batch of a loss
 * @param inMetric absent classes in the data set of a metric
 * @param tolerance in pixels (Chebyshev distance), 0 or more: how far apart two boundaries may be
 *     and still match, and how wide the band of BIoU is; region metrics do not use it
 * @param dropBackground whether class 0 is left out of boundaries
 */
public record ClassPolicy(
    AbsentClasses inLoss, AbsentClasses inMetric, int tolerance, boolean dropBackground) {
  /** What Auto Seg-Loss does (Li et al., ICLR 2021): tolerance 5, background kept. */
  public static final ClassPolicy ASL =
      new ClassPolicy(AbsentClasses.COUNT, AbsentClasses.SKIP, 5, false);

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
    return new ClassPolicy(inLoss, inMetric, pixels, dropBackground);
  }

  /**
   * The same policy with or without the background's boundaries.
   *
   * @param drop whether class 0 is left out of boundaries
   * @return a new policy
   */
  public ClassPolicy withDropBackground(boolean drop) {
    return new ClassPolicy(inLoss, inMetric, tolerance, drop);
  }

  /**
   * The same policy with another treatment of absent classes in losses.
   *
   * @param absent what an absent class does
   * @return a new policy
   */
  public ClassPolicy withAbsentInLoss(AbsentClasses absent) {
    return new ClassPolicy(absent, inMetric, tolerance, dropBackground);
  }
}

package org.autoloss.nn.models.rcnn;

/**
 * How regions are chosen.
 *
 * @param candidates of each level that proposals are chosen from
 * @param proposals of each image
 * @param anchorSamples of each image, that the proposal head learns from; half of them with objects
 *     at most
 * @param regionSamples of each image, that the region head learns from; a quarter of them with
 *     objects at most
 * @param score that a detection is above
 * @param detections of each image at most
 */
public record DetectorSettings(
    Phases candidates,
    Phases proposals,
    int anchorSamples,
    int regionSamples,
    float score,
    int detections) {
  /** torchvision's. */
  public static final DetectorSettings TORCHVISION =
      new DetectorSettings(new Phases(2000, 1000), new Phases(2000, 1000), 256, 512, 0.05f, 100);

  /** IoU with an object from which on an anchor shows it. */
  static final float ANCHOR_HIGH = 0.7f;

  /** IoU with all objects below which an anchor shows the background. */
  static final float ANCHOR_LOW = 0.3f;

  /** IoU with an object from which on a region shows it; below it shows the background. */
  static final float REGION = 0.5f;

  /** IoU above which a proposal goes for a better one. */
  static final float PROPOSAL_OVERLAP = 0.7f;

  /** IoU above which a detection goes for a better one of the same class. */
  static final float DETECTION_OVERLAP = 0.5f;

  private static final int MOST = 100_000;

  /**
   * A number that differs between trainings and predictions.
   *
   * @param training in trainings
   * @param prediction in predictions
   */
  public record Phases(int training, int prediction) {
    int of(boolean learns) {
      return learns ? training : prediction;
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public DetectorSettings {
    check("candidates", Math.min(candidates.training(), candidates.prediction()));
    check("candidates", Math.max(candidates.training(), candidates.prediction()));
    check("proposals", Math.min(proposals.training(), proposals.prediction()));
    check("proposals", Math.max(proposals.training(), proposals.prediction()));
    check("anchorSamples", anchorSamples);
    check("regionSamples", regionSamples);
    check("detections", detections);
    if (!(score >= 0 && score < 1)) {
      throw new IllegalArgumentException("score: expected 0 to below 1, got " + score);
    }
  }

  private static void check(String name, int got) {
    if (got < 1 || got > MOST) {
      throw new IllegalArgumentException(name + ": expected 1 to " + MOST + ", got " + got);
    }
  }
}

package org.autoloss.metric.detection;

import java.util.Arrays;
import java.util.List;

/**
 * Object keypoint similarity (OKS): the mean over labelled points of {@code exp(-d^2 / ((2 sigma)^2
 * (area + 2^-52) 2))}, with d the distance between prediction and ground truth, {@code area} that
 * of the object's segment, and sigma how far annotators differ at this point (Ronchi, Perona,
 * "Benchmarking and error diagnosis in multi-instance pose estimation", ICCV 2017, equation 1, and
 * COCO's keypoint evaluation).
 *
 * <p>Where the object has no labelled point, d is the distance to its box, grown by its own size on
 * each side, for all points.
 *
 * @param sigmas of each point, above 0
 */
public record KeypointSimilarity(List<Double> sigmas) {
  /** Those of COCO's 17 points of people. */
  public static final KeypointSimilarity COCO =
      new KeypointSimilarity(
          List.of(
              .026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087,
              .087, .089, .089));

  /** What numpy calls the spacing of 1. */
  private static final double SPACING = Math.ulp(1.0);

  /**
   * Checks the sigmas.
   *
   * @throws IllegalArgumentException if there are none, or one is not above 0 and finite
   */
  public KeypointSimilarity {
    sigmas = List.copyOf(sigmas);
    if (sigmas.isEmpty()
        || sigmas.stream().anyMatch(each -> !(each > 0 && each < Double.POSITIVE_INFINITY))) {
      throw new IllegalArgumentException(
          "sigmas: expected at least one, each above 0, got " + sigmas);
    }
  }

  /**
   * The same sigma for each point, for skeletons whose annotators nobody has compared.
   *
   * @param points how many points there are, 1 or more
   * @param sigma above 0; COCO's mean is 0.07
   * @return the similarity
   * @throws IllegalArgumentException if there is no point, or sigma is not above 0
   */
  public static KeypointSimilarity uniform(int points, double sigma) {
    Double[] all = new Double[Math.max(0, points)];
    Arrays.fill(all, sigma);
    return new KeypointSimilarity(List.of(all));
  }

  /**
   * The similarity of a prediction and an object.
   *
   * @param predicted points of a detection
   * @param truth points of the object
   * @param box of the object
   * @param area of the object's segment
   * @return in [0,1]
   */
  public double of(Keypoints predicted, Keypoints truth, Box box, double area) {
    int labelled = truth.labelled();
    double[] terms = new double[labelled > 0 ? labelled : sigmas.size()];
    int size = 0;
    for (int i = 0; i < sigmas.size(); i++) {
      if (labelled == 0 || truth.labelled(i)) {
        double dx =
            labelled > 0
                ? predicted.x(i) - truth.x(i)
                : outside(predicted.x(i), box.x(), box.width());
        double dy =
            labelled > 0
                ? predicted.y(i) - truth.y(i)
                : outside(predicted.y(i), box.y(), box.height());
        double spread = 2 * sigmas.get(i);
        double e = (dx * dx + dy * dy) / (spread * spread) / (area + SPACING) / 2;
        terms[size++] = Math.exp(-e);
      }
    }
    return PairwiseSum.of(terms, size) / size;
  }

  /** How far a coordinate is outside an interval that is grown by its length on each side. */
  private static double outside(double at, double from, double length) {
    return Math.max(0, from - length - at) + Math.max(0, at - (from + length * 2));
  }
}

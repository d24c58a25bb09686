package org.autoloss.data.pose;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.apache.commons.statistics.distribution.TruncatedNormalDistribution;
import org.autoloss.metric.detection.Keypoints;

/**
 * What trainings change at random in the region that a network sees, in this order: left and right
 * are exchanged; half a body takes the place of the whole; the region moves; it grows or shrinks;
 * it turns. How far is drawn from a normal distribution that ends at the limit, its deviation.
 *
 * <p>Half a body is the region of the upper or of the lower keypoints that are labelled, with half
 * its size around it, as in mmpose's {@code RandomHalfBody}: where 9 are labelled, the upper half
 * in 7 of 10 cases, but only one with 2 upper or 3 lower keypoints.
 *
 * @param flip probability of an exchange of left and right
 * @param halfBody probability of half a body
 * @param shift the farthest move, as a part of the region's sides
 * @param shiftProbability of a move
 * @param smallest factor of the region's size, above 0: the object appears larger
 * @param largest factor
 * @param rotation the largest turn, in degrees
 * @param rotationProbability of a turn
 */
public record PoseAugmentation(
    double flip,
    double halfBody,
    double shift,
    double shiftProbability,
    double smallest,
    double largest,
    double rotation,
    double rotationProbability) {
  /** Changes nothing. */
  public static final PoseAugmentation NONE = new PoseAugmentation(0, 0, 0, 0, 1, 1, 0, 0);

  /** What mmpose's SimpleBaseline is trained with on COCO. */
  public static final PoseAugmentation MMPOSE =
      new PoseAugmentation(0.5, 0.3, 0.16, 0.3, 0.5, 1.5, 80, 0.6);

  private static final int FEWEST = 9;
  private static final int FEWEST_UPPER = 2;
  private static final int FEWEST_LOWER = 3;
  private static final double UPPER = 0.7;
  private static final double HALF_PADDING = 1.5;
  private static final TruncatedNormalDistribution NORMAL =
      TruncatedNormalDistribution.of(0, 1, -1, 1);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public PoseAugmentation {
    check("flip", flip, 0, 1);
    check("halfBody", halfBody, 0, 1);
    check("shift", shift, 0, 1);
    check("shiftProbability", shiftProbability, 0, 1);
    check("minScale", smallest, Math.ulp(1.0), 100);
    check("maxScale", largest, smallest, 100);
    check("rotation", rotation, 0, 180);
    check("rotationProbability", rotationProbability, 0, 1);
  }

  private static void check(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s: expected %s to %s, got %s", name, least, most, value));
    }
  }

  /**
   * What a network sees of an image.
   *
   * @param region of the image
   * @param flipped whether left and right are exchanged
   */
  public record Drawn(CropRegion region, boolean flipped) {}

  /**
   * Changes a region.
   *
   * @param whole the object's
   * @param points of the object
   * @param skeleton of the points
   * @param random nine draws are taken, whatever they decide
   * @return the region to take
   */
  public Drawn draw(CropRegion whole, Keypoints points, Skeleton skeleton, RandomGenerator random) {
    boolean flipped = random.nextDouble() < flip;
    boolean half = random.nextDouble() < halfBody;
    boolean upper = random.nextDouble() < UPPER;
    CropRegion region = half ? half(whole, points, skeleton, upper) : whole;
    boolean moves = random.nextDouble() < shiftProbability;
    double right = normal(random) * shift;
    double down = normal(random) * shift;
    double middle = (smallest + largest) / 2;
    double factor = middle + normal(random) * (largest - smallest) / 2;
    boolean turns = random.nextDouble() < rotationProbability;
    double degrees = normal(random) * rotation;
    region = moves ? region.moved(right, down) : region;
    return new Drawn(region.scaled(factor).turned(turns ? degrees : 0), flipped);
  }

  private static double normal(RandomGenerator random) {
    return NORMAL.inverseCumulativeProbability(random.nextDouble());
  }

  private static CropRegion half(
      CropRegion whole, Keypoints points, Skeleton skeleton, boolean preferUpper) {
    List<Integer> upper = new ArrayList<>();
    List<Integer> lower = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      if (points.labelled(i)) {
        (skeleton.isLower(i) ? lower : upper).add(i);
      }
    }
    boolean upperGoes = upper.size() >= FEWEST_UPPER;
    boolean lowerGoes = lower.size() >= FEWEST_LOWER;
    if (upper.size() + lower.size() < FEWEST || !upperGoes && !lowerGoes) {
      return whole;
    }
    return around(upperGoes && (preferUpper || !lowerGoes) ? upper : lower, points, whole);
  }

  /** Around their mean; points on a line leave the region as it is. */
  private static CropRegion around(List<Integer> some, Keypoints points, CropRegion whole) {
    double[] x = some.stream().mapToDouble(points::x).sorted().toArray();
    double[] y = some.stream().mapToDouble(points::y).sorted().toArray();
    double width = x[x.length - 1] - x[0];
    double height = y[y.length - 1] - y[0];
    return width > 0 && height > 0
        ? new CropRegion(
            mean(x), mean(y), width * HALF_PADDING, height * HALF_PADDING, whole.degrees())
        : whole;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}

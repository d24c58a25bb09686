package org.autoloss.data.pose;

import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.data.Extent;
import org.autoloss.data.Normalisation;
import org.autoloss.metric.detection.Keypoints;

/**
 * The transform of top-down networks: an object's box with a quarter of its size around it, its
 * shorter side grown to the input's ratio of sides, perhaps changed at random, becomes the input.
 * What lies outside the image is 0 after normalisation, the mean colour.
 *
 * <p>Xiao, Wu, Wei, "Simple baselines for human pose estimation and tracking", ECCV 2018, section
 * 5.1.
 *
 * @param size of the input
 * @param padding what the box's sides are multiplied by
 * @param augmentation what changes at random
 * @param skeleton of the keypoints
 */
public record PoseTransform(
    Extent size, double padding, PoseAugmentation augmentation, Skeleton skeleton) {
  /** What the literature has. */
  public static final double USUAL_PADDING = 1.25;

  /**
   * The transform of evaluations: nothing at random.
   *
   * @param size of the input
   * @param skeleton of the keypoints
   * @return the transform
   */
  public static PoseTransform evaluation(Extent size, Skeleton skeleton) {
    return new PoseTransform(size, USUAL_PADDING, PoseAugmentation.NONE, skeleton);
  }

  /**
   * Transforms an object.
   *
   * @param sample stays as it is
   * @param random where random choices come from
   * @return a new example
   */
  public PoseExample apply(PoseSample sample, RandomGenerator random) {
    Keypoints points = sample.object().keypoints();
    PoseAugmentation.Drawn drawn =
        augmentation.draw(
            CropRegion.around(sample.object().box(), padding), points, skeleton, random);
    AffineMap map = drawn.region().to(size, drawn.flipped());
    float[] input = map.picture(sample.image(), size);
    int plane = size.pixels();
    for (int i = 0; i < input.length; i++) {
      boolean outside = Float.isNaN(input[i]);
      input[i] = outside ? 0 : Normalisation.IMAGENET.apply(i / plane, input[i]);
    }
    return new PoseExample(sample, input, moved(points, map, drawn.flipped()), map);
  }

  private Keypoints moved(Keypoints points, AffineMap map, boolean flipped) {
    List<Integer> mirror = skeleton.mirror();
    double[] moved = new double[3 * points.size()];
    for (int i = 0; i < points.size(); i++) {
      int from = flipped ? mirror.get(i) : i;
      if (points.labelled(from)) {
        moved[3 * i] = map.x(points.x(from), points.y(from));
        moved[3 * i + 1] = map.y(points.x(from), points.y(from));
        moved[3 * i + 2] = points.values()[3 * from + 2];
      }
    }
    return new Keypoints(moved);
  }
}

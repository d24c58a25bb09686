package org.autoloss.data;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.metric.detection.Box;

/**
 * The transforms of detectors, which carry boxes, masks and keypoints along:
 *
 * <ol>
 *   <li>crop at a random place and of a random size, if {@code smallestCrop} is below 1; objects
 *       whose centre is outside are dropped;
 *   <li>scale so that the shorter side is {@code shortSide}, or less where the longer one would be
 *       above {@code longSide}: bilinearly, pixel centres at half integers, sizes rounded down as
 *       torchvision's {@code GeneralizedRCNNTransform} does;
 *   <li>flip left to right at random;
 *   <li>distort colours at random;
 *   <li>normalise.
 * </ol>
 *
 * @param shortSide 1 or more, in pixels
 * @param longSide {@code shortSide} or more
 * @param smallestCrop the smallest part of each side that a crop has, above 0; 1 does not crop
 * @param flipProbability from 0 to 1
 * @param mirror where each keypoint goes when left and right are exchanged; empty keeps them
 * @param distortion of the colours
 * @param normalisation of the values
 */
public record ObjectTransform(
    int shortSide,
    int longSide,
    double smallestCrop,
    double flipProbability,
    List<Integer> mirror,
    PhotometricDistortion distortion,
    Normalisation normalisation) {
  private static final int LONGEST = 1 << 15;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public ObjectTransform {
    mirror = List.copyOf(mirror);
    if (!(shortSide >= 1 && longSide >= shortSide && longSide <= LONGEST)) {
      throw new IllegalArgumentException(
          "sides: expected 1 <= short <= long <= "
              + LONGEST
              + ", got "
              + shortSide
              + " and "
              + longSide);
    }
    if (!(smallestCrop > 0 && smallestCrop <= 1)) {
      throw new IllegalArgumentException(
          "smallestCrop: expected above 0 and up to 1, got " + smallestCrop);
    }
    if (!(flipProbability >= 0 && flipProbability <= 1)) {
      throw new IllegalArgumentException(
          "flipProbability: expected 0 to 1, got " + flipProbability);
    }
  }

  /**
   * What training does in torchvision's reference: scale and flip.
   *
   * @param shortSide in pixels; torchvision has 800
   * @param longSide in pixels; torchvision has 1333
   * @return the transform
   */
  public static ObjectTransform training(int shortSide, int longSide) {
    return new ObjectTransform(
        shortSide, longSide, 1, 0.5, List.of(), PhotometricDistortion.NONE, Normalisation.IMAGENET);
  }

  /**
   * What evaluation does: scale, nothing at random.
   *
   * @param shortSide in pixels
   * @param longSide in pixels
   * @return the transform
   */
  public static ObjectTransform evaluation(int shortSide, int longSide) {
    return new ObjectTransform(
        shortSide, longSide, 1, 0, List.of(), PhotometricDistortion.NONE, Normalisation.IMAGENET);
  }

  /**
   * This transform with random crops.
   *
   * @param smallest part of each side, above 0; 1 does not crop
   * @return the changed transform
   */
  public ObjectTransform withCrop(double smallest) {
    return new ObjectTransform(
        shortSide, longSide, smallest, flipProbability, mirror, distortion, normalisation);
  }

  /**
   * This transform with keypoints that change places when left and right are exchanged.
   *
   * @param places for each keypoint the one that it becomes
   * @return the changed transform
   */
  public ObjectTransform withMirror(List<Integer> places) {
    return new ObjectTransform(
        shortSide, longSide, smallestCrop, flipProbability, places, distortion, normalisation);
  }

  /**
   * This transform with another distortion of colours.
   *
   * @param other such as {@link PhotometricDistortion#DEFAULT}
   * @return the changed transform
   */
  public ObjectTransform withDistortion(PhotometricDistortion other) {
    return new ObjectTransform(
        shortSide, longSide, smallestCrop, flipProbability, mirror, other, normalisation);
  }

  /**
   * Where the keypoints of a skeleton go when left and right are exchanged, by their names: {@code
   * left_eye} and {@code right_eye} change places.
   *
   * @param names of the keypoints
   * @return for each the one that it becomes
   */
  public static List<Integer> mirrorOf(List<String> names) {
    List<Integer> mirror = new ArrayList<>();
    for (String name : names) {
      String other =
          name.contains("left") ? name.replace("left", "right") : name.replace("right", "left");
      mirror.add(names.contains(other) ? names.indexOf(other) : names.indexOf(name));
    }
    return List.copyOf(mirror);
  }

  /**
   * Transforms a sample.
   *
   * @param sample stays as it is
   * @param random where random choices come from
   * @return a new example
   */
  public ObjectExample apply(ObjectSample sample, RandomGenerator random) {
    int width = side(sample.width(), random);
    int height = side(sample.height(), random);
    int left = random.nextInt(sample.width() - width + 1);
    int top = random.nextInt(sample.height() - height + 1);
    Extent size = new BaseSize(longSide, shortSide).detectorSize(height, width);
    int newWidth = size.width();
    int newHeight = size.height();
    boolean flipped = random.nextDouble() < flipProbability;
    ObjectGeometry geometry =
        new ObjectGeometry(
            left,
            top,
            (double) newWidth / width,
            (double) newHeight / height,
            newWidth,
            newHeight,
            flipped);
    float[] image =
        Resampling.bilinear(sample, left, top, width, height, newWidth, newHeight, flipped);
    distortion.applyInPlace(image, random);
    CentreCrop.normaliseInPlace(image, normalisation);
    return new ObjectExample(
        sample.name(),
        sample.id(),
        newHeight,
        newWidth,
        image,
        carried(sample.target(), geometry),
        geometry.scaleX(),
        geometry.scaleY());
  }

  private int side(int length, RandomGenerator random) {
    double part = smallestCrop + (1 - smallestCrop) * random.nextDouble();
    return smallestCrop == 1 ? length : Math.max(1, (int) Math.round(length * part));
  }

  private Target carried(Target target, ObjectGeometry geometry) {
    List<ObjectLabel> objects = new ArrayList<>();
    for (ObjectLabel object : target.objects()) {
      Box box = object.box();
      Box centre =
          geometry.box(
              new Box(box.x() + box.width() / 2 - .5, box.y() + box.height() / 2 - .5, 1, 1));
      if (smallestCrop == 1 || centre.area() > 0) {
        objects.add(
            new ObjectLabel(
                object.label(),
                geometry.box(box),
                geometry.area(object.area()),
                object.crowd(),
                object.ignored(),
                object.mask() == null ? null : geometry.mask(object.mask()),
                object.keypoints() == null
                    ? null
                    : geometry.keypoints(object.keypoints(), mirror)));
      }
    }
    return new Target(objects);
  }
}

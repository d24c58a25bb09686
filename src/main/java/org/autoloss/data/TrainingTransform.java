package org.autoloss.data;

import java.util.random.RandomGenerator;

/**
 * The usual transforms of training in semantic segmentation, with mmsegmentation's meaning:
 *
 * <ol>
 *   <li>scale to the base size, times a random factor, labels by the nearest pixel;
 *   <li>crop at a random place; if one class fills {@code catMaxRatio} or more of the crop's
 *       labelled pixels, or only one class is there, draw again, up to 10 times;
 *   <li>flip left to right at random;
 *   <li>distort colours at random;
 *   <li>normalise;
 *   <li>pad below and to the right: the image with 0 after normalisation, the labels with 255.
 * </ol>
 *
 * @param height of the crop, in pixels
 * @param width of the crop, in pixels
 * @param base what images are scaled to before the random scale
 * @param minScale smallest random factor, above 0
 * @param maxScale largest random factor
 * @param catMaxRatio above 0; 1 accepts nearly every crop
 * @param flipProbability from 0 to 1
 * @param distortion of the colours
 * @param normalisation of the values
 */
public record TrainingTransform(
    int height,
    int width,
    BaseSize base,
    double minScale,
    double maxScale,
    double catMaxRatio,
    double flipProbability,
    PhotometricDistortion distortion,
    Normalisation normalisation)
    implements Transform {
  private static final int CROP_RETRIES = 10;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public TrainingTransform {
    new Extent(height, width);
    if (!(minScale > 0 && maxScale >= minScale && maxScale <= 100)) {
      throw new IllegalArgumentException(
          "scale: expected 0 < minScale <= maxScale <= 100, got " + minScale + " to " + maxScale);
    }
    check("catMaxRatio", catMaxRatio > 0 && catMaxRatio <= 1, "above 0 and up to 1", catMaxRatio);
    check(
        "flipProbability", flipProbability >= 0 && flipProbability <= 1, "0 to 1", flipProbability);
  }

  private static void check(String name, boolean good, String expected, double got) {
    if (!good) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }

  /**
   * The usual settings: scale 0.5 to 2, catMaxRatio 0.75, flip 1/2, default distortion, ImageNet
   * normalisation.
   *
   * @param size height and width of the crop, in pixels
   * @return the transform
   */
  public static TrainingTransform of(int size) {
    return of(Extent.square(size));
  }

  /**
   * The usual settings with a crop of any height and width.
   *
   * @param size of the crop
   * @return the transform
   */
  public static TrainingTransform of(Extent size) {
    return new TrainingTransform(
        size.height(),
        size.width(),
        BaseSize.NONE,
        0.5,
        2,
        0.75,
        0.5,
        PhotometricDistortion.DEFAULT,
        Normalisation.IMAGENET);
  }

  /**
   * This transform with another base size.
   *
   * @param size what images are scaled to before the random scale
   * @return the changed transform
   */
  public TrainingTransform withBase(BaseSize size) {
    return new TrainingTransform(
        height,
        width,
        size,
        minScale,
        maxScale,
        catMaxRatio,
        flipProbability,
        distortion,
        normalisation);
  }

  /**
   * This transform with another range of random scales.
   *
   * @param min smallest factor
   * @param max largest factor
   * @return the changed transform
   */
  public TrainingTransform withScale(double min, double max) {
    return new TrainingTransform(
        height, width, base, min, max, catMaxRatio, flipProbability, distortion, normalisation);
  }

  /**
   * This transform with another distortion of colours.
   *
   * @param other such as {@link PhotometricDistortion#NONE}
   * @return the changed transform
   */
  public TrainingTransform withDistortion(PhotometricDistortion other) {
    return new TrainingTransform(
        height,
        width,
        base,
        minScale,
        maxScale,
        catMaxRatio,
        flipProbability,
        other,
        normalisation);
  }

  @Override
  public Example apply(Sample sample, RandomGenerator random) {
    double scale = minScale + (maxScale - minScale) * random.nextDouble();
    View view = new View(sample, scale * base.factor(sample));
    int top = 0;
    int left = 0;
    byte[] labels = null;
    for (int tries = 0;
        tries <= CROP_RETRIES && (labels == null || isMonotonous(labels));
        tries++) {
      top = offset(view.scaledHeight() - height, random);
      left = offset(view.scaledWidth() - width, random);
      labels = view.labels(top, left, height, width);
    }
    float[] image = view.colours(top, left, height, width);
    if (random.nextDouble() < flipProbability) {
      flipInPlace(image, labels, view.scaledWidth() - left);
    }
    distortion.applyInPlace(image, random);
    CentreCrop.normaliseInPlace(image, normalisation);
    return new Example(height, width, image, labels);
  }

  private static int offset(int margin, RandomGenerator random) {
    return margin > 0 ? random.nextInt(margin + 1) : 0;
  }

  private boolean isMonotonous(byte[] labels) {
    int[] counts = new int[256];
    for (byte label : labels) {
      counts[label & 0xFF]++;
    }
    int labelled = labels.length - counts[255];
    int largest = 0;
    for (int c = 0; c < 255; c++) {
      largest = Math.max(largest, counts[c]);
    }
    return largest == labelled || largest >= catMaxRatio * labelled;
  }

  // Flips only the image's own columns, so that the padding stays to the right.
  private void flipInPlace(float[] image, byte[] labels, int available) {
    int columns = Math.min(width, available);
    for (int row = 0; row < 3 * height; row++) {
      for (int a = row * width, b = a + columns - 1; a < b; a++, b--) {
        float value = image[a];
        image[a] = image[b];
        image[b] = value;
      }
    }
    for (int row = 0; row < height; row++) {
      for (int a = row * width, b = a + columns - 1; a < b; a++, b--) {
        byte label = labels[a];
        labels[a] = labels[b];
        labels[b] = label;
      }
    }
  }
}

package org.autoloss.data;

import java.util.random.RandomGenerator;

/**
 * The transform of evaluation: the centre of the image, normalised; padded below and to the right
 * where the image is smaller (the image with 0 after normalisation, the labels with 255).
 *
 * @param height of the crop, in pixels
 * @param width of the crop, in pixels
 * @param shortSide length that each image's shorter side is given first; 0 leaves images as they
 *     are
 * @param normalisation of the values
 */
public record CentreCrop(int height, int width, int shortSide, Normalisation normalisation)
    implements Transform {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public CentreCrop {
    checkSize(height, width, shortSide);
  }

  /**
   * A square crop of images as they are, with ImageNet normalisation.
   *
   * @param size height and width of the crop, in pixels
   * @return the transform
   */
  public static CentreCrop of(int size) {
    return new CentreCrop(size, size, 0, Normalisation.IMAGENET);
  }

  /**
   * Transforms a sample; without anything random.
   *
   * @param sample stays as it is
   * @return a new example of {@link #height()} x {@link #width()}
   */
  public Example apply(Sample sample) {
    View view = new View(sample, View.scaleToShortSide(sample, shortSide));
    int top = Math.max(0, (view.scaledHeight() - height) / 2);
    int left = Math.max(0, (view.scaledWidth() - width) / 2);
    float[] image = view.colours(top, left, height, width);
    normaliseInPlace(image, normalisation);
    return new Example(height, width, image, view.labels(top, left, height, width));
  }

  @Override
  public Example apply(Sample sample, RandomGenerator random) {
    return apply(sample);
  }

  /** Normalises; what lies outside the image (NaN) becomes 0. */
  static void normaliseInPlace(float[] image, Normalisation normalisation) {
    int plane = image.length / 3;
    for (int i = 0; i < image.length; i++) {
      image[i] = Float.isNaN(image[i]) ? 0 : normalisation.apply(i / plane, image[i]);
    }
  }

  static void checkSize(int height, int width, int shortSide) {
    if (height < 1 || width < 1 || (long) height * width > Integer.MAX_VALUE / 3) {
      throw new IllegalArgumentException(
          "size: expected a positive height and width, got " + height + "x" + width);
    }
    if (shortSide < 0 || shortSide > 1 << 15) {
      throw new IllegalArgumentException("shortSide: expected 0 to 32768, got " + shortSide);
    }
  }
}

package org.autoloss.data;

import java.util.random.RandomGenerator;

/**
 * The transform of evaluation: the centre of the image, normalised; padded below and to the right
 * where the image is smaller (the image with 0 after normalisation, the labels with 255).
 *
 * @param height of the crop, in pixels
 * @param width of the crop, in pixels
 * @param base what images and labels are scaled to first
 * @param normalisation of the values
 */
public record CentreCrop(int height, int width, BaseSize base, Normalisation normalisation)
    implements Transform, EvaluationView {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public CentreCrop {
    new Extent(height, width);
  }

  /**
   * A square crop of images as they are, with ImageNet normalisation.
   *
   * @param size height and width of the crop, in pixels
   * @return the transform
   */
  public static CentreCrop of(int size) {
    return of(Extent.square(size));
  }

  /**
   * A crop of images as they are, with ImageNet normalisation.
   *
   * @param size height and width of the crop
   * @return the transform
   */
  public static CentreCrop of(Extent size) {
    return new CentreCrop(size.height(), size.width(), BaseSize.NONE, Normalisation.IMAGENET);
  }

  /**
   * Transforms a sample; without anything random.
   *
   * @param sample stays as it is
   * @return a new example of {@link #height()} x {@link #width()}
   */
  public Example apply(Sample sample) {
    View view = new View(sample, base.factor(sample));
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

  @Override
  public EvaluationExample view(Sample sample) {
    Example example = apply(sample);
    Extent size = fixedSize();
    return new EvaluationExample(size, size, example.image(), size, example.labels());
  }

  @Override
  public Extent fixedSize() {
    return new Extent(height, width);
  }

  /** Normalises; what lies outside the image (NaN) becomes 0. */
  static void normaliseInPlace(float[] image, Normalisation normalisation) {
    int plane = image.length / 3;
    for (int i = 0; i < image.length; i++) {
      image[i] = Float.isNaN(image[i]) ? 0 : normalisation.apply(i / plane, image[i]);
    }
  }
}

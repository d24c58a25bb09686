package org.autoloss.data;

/**
 * The whole image, padded to the right and below with 0 after normalisation; the labels as they
 * are, so that no pixel of theirs goes unmeasured.
 *
 * @param base what images are scaled to, labels are not; as in trainings
 * @param multiple what the padded image's height and width are multiples of: the network's stride
 * @param normalisation of the values
 */
public record WholeImage(BaseSize base, int multiple, Normalisation normalisation)
    implements EvaluationView {
  /**
   * Checks the multiple.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public WholeImage {
    if (multiple < 1) {
      throw new IllegalArgumentException("multiple: expected at least 1, got " + multiple);
    }
  }

  /**
   * Images as they are, with ImageNet normalisation.
   *
   * @param multiple what the padded image's height and width are multiples of
   * @return the view
   */
  public static WholeImage of(int multiple) {
    return new WholeImage(BaseSize.NONE, multiple, Normalisation.IMAGENET);
  }

  @Override
  public EvaluationExample view(Sample sample) {
    View view = new View(sample, base.factor(sample));
    Extent seen = new Extent(view.scaledHeight(), view.scaledWidth());
    Extent padded = seen.roundedUp(multiple);
    float[] image = view.colours(0, 0, padded.height(), padded.width());
    CentreCrop.normaliseInPlace(image, normalisation);
    return new EvaluationExample(
        seen, padded, image, new Extent(sample.height(), sample.width()), sample.labels().clone());
  }

  @Override
  public Extent fixedSize() {
    return null;
  }
}

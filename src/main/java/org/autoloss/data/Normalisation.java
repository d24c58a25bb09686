package org.autoloss.data;

/**
 * Shifts and scales each channel: {@code (value - mean) / std}, values from 0 to 255.
 *
 * @param redMean mean of red
 * @param greenMean mean of green
 * @param blueMean mean of blue
 * @param redStd standard deviation of red, above 0
 * @param greenStd standard deviation of green, above 0
 * @param blueStd standard deviation of blue, above 0
 */
public record Normalisation(
    float redMean, float greenMean, float blueMean, float redStd, float greenStd, float blueStd) {
  /** The statistics of ImageNet's training images, which pre-trained networks expect. */
  public static final Normalisation IMAGENET =
      new Normalisation(123.675f, 116.28f, 103.53f, 58.395f, 57.12f, 57.375f);

  /**
   * Checks the deviations.
   *
   * @throws IllegalArgumentException if a deviation is not above 0
   */
  public Normalisation {
    if (!(redStd > 0 && greenStd > 0 && blueStd > 0)) {
      throw new IllegalArgumentException(
          "std: expected values above 0, got " + redStd + ", " + greenStd + ", " + blueStd);
    }
  }

  /**
   * Normalises a value.
   *
   * @param channel 0 for red, 1 for green, 2 for blue
   * @param value from 0 to 255
   * @return the normalised value
   */
  public float apply(int channel, float value) {
    return switch (channel) {
      case 0 -> (value - redMean) / redStd;
      case 1 -> (value - greenMean) / greenStd;
      default -> (value - blueMean) / blueStd;
    };
  }

  /** The value that {@link #apply} was given, to rounding. */
  float restore(int channel, float value) {
    return switch (channel) {
      case 0 -> value * redStd + redMean;
      case 1 -> value * greenStd + greenMean;
      default -> value * blueStd + blueMean;
    };
  }
}

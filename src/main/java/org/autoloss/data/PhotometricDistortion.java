package org.autoloss.data;

import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Random brightness, contrast, saturation and hue, as in SSD (Liu et al., "SSD: Single Shot
 * MultiBox Detector", ECCV 2016, section 2.2) and mmsegmentation: each of the four happens with
 * probability 1/2; contrast comes before saturation and hue or, as often, after them.
 *
 * <p>Unlike mmsegmentation, values are not rounded to whole numbers between the steps.
 *
 * @param brightness largest change of the values, which run from 0 to 255
 * @param contrast largest relative change: factors from {@code 1 - contrast} to {@code 1 +
 *     contrast}
 * @param saturation likewise for the saturation
 * @param hue largest turn of the hue in degrees
 */
public record PhotometricDistortion(float brightness, float contrast, float saturation, float hue) {
  /** The usual amounts. */
  public static final PhotometricDistortion DEFAULT = new PhotometricDistortion(32, 0.5f, 0.5f, 36);

  /** Leaves images as they are. */
  public static final PhotometricDistortion NONE = new PhotometricDistortion(0, 0, 0, 0);

  /**
   * Checks the amounts.
   *
   * @throws IllegalArgumentException if an amount is outside its range
   */
  public PhotometricDistortion {
    check("brightness", brightness, 255);
    check("contrast", contrast, 1);
    check("saturation", saturation, 1);
    check("hue", hue, 180);
  }

  private static void check(String name, float value, float largest) {
    if (!(value >= 0 && value <= largest)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s: expected 0 to %s, got %s", name, largest, value));
    }
  }

  /**
   * Distorts an image in place.
   *
   * @param image {@code [3,H,W]}, red first, from 0 to 255; NaN stays NaN
   * @param random seven or more draws are taken
   */
  void applyInPlace(float[] image, RandomGenerator random) {
    float offset = random.nextBoolean() ? uniform(random, brightness) : 0;
    boolean contrastFirst = random.nextBoolean();
    float factor = random.nextBoolean() ? 1 + uniform(random, contrast) : 1;
    float saturate = random.nextBoolean() ? 1 + uniform(random, saturation) : 1;
    float turn = random.nextBoolean() ? uniform(random, hue) : 0;
    scaleInPlace(image, 1, offset);
    if (contrastFirst) {
      scaleInPlace(image, factor, 0);
    }
    if (saturate != 1 || turn != 0) {
      recolourInPlace(image, saturate, turn / 60);
    }
    if (!contrastFirst) {
      scaleInPlace(image, factor, 0);
    }
  }

  private static float uniform(RandomGenerator random, float limit) {
    return (2 * random.nextFloat() - 1) * limit;
  }

  private static void scaleInPlace(float[] image, float factor, float offset) {
    if (factor == 1 && offset == 0) {
      return;
    }
    for (int i = 0; i < image.length; i++) {
      image[i] = clip(image[i] * factor + offset);
    }
  }

  // Through hue (in sixths of a turn), chroma and value: HSV without divisions by 255.
  private static void recolourInPlace(float[] image, float saturate, float turn) {
    int plane = image.length / 3;
    for (int i = 0; i < plane; i++) {
      float r = image[i];
      float g = image[plane + i];
      float b = image[2 * plane + i];
      float value = Math.max(r, Math.max(g, b));
      float chroma = value - Math.min(r, Math.min(g, b));
      if (!(chroma > 0)) { // grey has no hue; NaN is outside the image
        continue;
      }
      float sixths = hue(r, g, b, value, chroma) + turn;
      float newChroma = Math.min(value, chroma * saturate);
      image[i] = channel(sixths + 5, value, newChroma);
      image[plane + i] = channel(sixths + 3, value, newChroma);
      image[2 * plane + i] = channel(sixths + 1, value, newChroma);
    }
  }

  private static float hue(float r, float g, float b, float value, float chroma) {
    if (value == r) {
      return (g - b) / chroma;
    }
    return value == g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  }

  private static float channel(float sixths, float value, float chroma) {
    float k = sixths - 6 * (float) Math.floor(sixths / 6);
    return value - chroma * Math.max(0, Math.min(1, Math.min(k, 4 - k)));
  }

  // Keeps NaN.
  private static float clip(float value) {
    return value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

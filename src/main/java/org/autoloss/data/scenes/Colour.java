package org.autoloss.data.scenes;

/**
 * A colour.
 *
 * @param red from 0 to 1, like the others; more is cut off when the picture is finished
 * @param green likewise
 * @param blue likewise
 */
record Colour(double red, double green, double blue) {
  /**
   * From hue, saturation and value.
   *
   * @param hue in turns; red is 0, green 1/3, blue 2/3; any number
   * @param saturation from 0 to 1
   * @param value from 0 to 1
   */
  static Colour hsv(double hue, double saturation, double value) {
    return new Colour(
        channel(6 * hue + 5, saturation, value),
        channel(6 * hue + 3, saturation, value),
        channel(6 * hue + 1, saturation, value));
  }

  private static double channel(double sixths, double saturation, double value) {
    double k = sixths - 6 * Math.floor(sixths / 6);
    return value - value * saturation * Noise.clamp01(Math.min(k, 4 - k));
  }

  static Colour grey(double value) {
    return new Colour(value, value, value);
  }

  Colour mix(Colour other, double share) {
    return new Colour(
        Noise.mix(red, other.red, share),
        Noise.mix(green, other.green, share),
        Noise.mix(blue, other.blue, share));
  }

  Colour times(double factor) {
    return new Colour(red * factor, green * factor, blue * factor);
  }
}

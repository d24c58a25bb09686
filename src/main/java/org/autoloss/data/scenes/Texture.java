package org.autoloss.data.scenes;

/** A colour for each place of the picture, in pixels. */
interface Texture {
  Colour at(double x, double y);

  static Texture plain(Colour colour) {
    return (x, y) -> colour;
  }

  /** Stripes of two colours of equal width; {@code (dx, dy)} is across them, of length 1. */
  static Texture stripes(Colour a, Colour b, double width, double dx, double dy) {
    return (x, y) -> isOdd((x * dx + y * dy) / width) ? a : b;
  }

  static Texture chequer(Colour a, Colour b, double width, double dx, double dy) {
    return (x, y) -> isOdd((x * dx + y * dy) / width) == isOdd((y * dx - x * dy) / width) ? a : b;
  }

  /** Round dots on a square grid, every second row shifted. */
  static Texture dots(Colour ground, Colour dot, double spacing) {
    return (x, y) -> {
      double row = Math.floor(y / spacing);
      double shifted = x / spacing + (isOdd(row) ? 0.5 : 0);
      double dx = shifted - Math.floor(shifted) - 0.5;
      double dy = y / spacing - row - 0.5;
      return dx * dx + dy * dy < 0.1 ? dot : ground;
    };
  }

  /** Courses of bricks with joints between them. */
  static Texture bricks(Colour brick, Colour joint, double height, Noise noise) {
    return (x, y) -> {
      double row = Math.floor(y / height);
      double along = x / (2.2 * height) + (isOdd(row) ? 0.5 : 0);
      boolean inJoint = y / height - row < 0.25 || along - Math.floor(along) < 0.12;
      double shade = 0.85 + 0.3 * noise.random((int) Math.floor(along), (int) row);
      return inJoint ? joint : brick.times(shade);
    };
  }

  /** Fine clumps between two colours, such as leaves, grass or sand. */
  static Texture clumps(Colour a, Colour b, double size, Noise noise) {
    return (x, y) -> {
      double value = noise.fractal(x / size, y / size);
      return a.mix(b, Noise.clamp01(3 * value - 1));
    };
  }

  /** Flat faces of different brightness with a little roughness, such as broken stone. */
  static Texture facets(Colour colour, double size, Noise noise) {
    return (x, y) ->
        colour.times(
            0.65 + 0.6 * noise.cell(x / size, y / size) + 0.15 * noise.value(x / 1.5, y / 1.5));
  }

  /** A second texture inside a shape. */
  default Texture with(Shape shape, Texture inside) {
    return (x, y) -> shape.distance(x, y) < 0 ? inside.at(x, y) : at(x, y);
  }

  /**
   * Brightness that changes along x, from {@code left} at one place to {@code right} at another.
   */
  default Texture shaded(double fromX, double left, double toX, double right) {
    return (x, y) ->
        at(x, y).times(Noise.mix(left, right, Noise.clamp01((x - fromX) / (toX - fromX))));
  }

  private static boolean isOdd(double value) {
    return ((long) Math.floor(value) & 1) != 0;
  }
}

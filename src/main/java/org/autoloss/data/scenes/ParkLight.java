package org.autoloss.data.scenes;

/**
 * The sunlight of a scene.
 *
 * @param brush to paint with
 * @param sun where the light comes from: below 0 left, above 0 right
 */
record ParkLight(Brush brush, double sun) {
  void shadow(double x, double base, double halfWidth) {
    Shape shape =
        Shape.ellipse(x - sun * halfWidth, base, halfWidth * 1.1, Math.max(1, halfWidth * 0.22));
    brush.canvas().tint(shape, Texture.plain(Colour.grey(0.05)), 0.45);
  }

  Texture lit(Texture texture, double x, double halfWidth) {
    return texture.shaded(x - halfWidth, 1 - sun, x + halfWidth, 1 + sun);
  }
}

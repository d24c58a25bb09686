package org.autoloss.data.scenes;

import java.util.random.RandomGenerator;

/**
 * A canvas with its random numbers, and what the painters of both families need of them.
 *
 * @param canvas to paint on
 * @param random decides everything
 */
record Brush(Canvas canvas, RandomGenerator random) {
  int size() {
    return canvas.size();
  }

  double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** -1 or 1. */
  int side() {
    return random.nextBoolean() ? 1 : -1;
  }

  Noise noise() {
    return new Noise(random.nextInt());
  }

  /** A colour within ranges of hue (in turns), saturation and value. */
  Colour colour(double hue0, double hue1, double s0, double s1, double v0, double v1) {
    return Colour.hsv(between(hue0, hue1), between(s0, s1), between(v0, v1));
  }

  Colour anyColour() {
    return colour(0, 1, 0.15, 0.9, 0.25, 0.95);
  }

  Shape everywhere() {
    return Shape.box(-2, -2, size() + 2.0, size() + 2.0);
  }

  /** Points of a wavy line from one place to another, for {@link Shape#polyline}. */
  double[] wave(double x0, double y0, double x1, double y1, double amplitude) {
    int steps = 10;
    Noise noise = noise();
    double[] points = new double[2 * steps + 2];
    double length = Math.max(1e-9, Math.hypot(x1 - x0, y1 - y0));
    for (int i = 0; i <= steps; i++) {
      double t = (double) i / steps;
      double sway = Math.min(1, 3 * t) * amplitude * (2 * noise.value(3 * t, 0.5) - 1);
      points[2 * i] = x0 + t * (x1 - x0) - sway * (y1 - y0) / length;
      points[2 * i + 1] = y0 + t * (y1 - y0) + sway * (x1 - x0) / length;
    }
    return points;
  }
}

package org.autoloss.data.scenes;

/**
 * Smooth random functions of the plane. They are made of integer hashes and basic arithmetic only,
 * so that they are the same to the last bit on every machine.
 *
 * @param seed equal seeds give equal functions
 */
record Noise(int seed) {
  /** Value noise: random values at whole coordinates, blended smoothly; from 0 to 1. */
  double value(double x, double y) {
    int column = (int) Math.floor(x);
    int row = (int) Math.floor(y);
    double tx = smooth(x - column);
    double ty = smooth(y - row);
    double above = mix(random(column, row), random(column + 1, row), tx);
    double below = mix(random(column, row + 1), random(column + 1, row + 1), tx);
    return mix(above, below, ty);
  }

  /** Three octaves of value noise, each half as large and twice as fine; from 0 to 1. */
  double fractal(double x, double y) {
    return (4 * value(x, y) + 2 * value(2 * x + 17, 2 * y + 5) + value(4 * x + 3, 4 * y + 29)) / 7;
  }

  /**
   * A random value for each cell of a Voronoi diagram with one centre per unit square; from 0 to 1.
   */
  double cell(double x, double y) {
    int column = (int) Math.floor(x);
    int row = (int) Math.floor(y);
    double nearest = Double.MAX_VALUE;
    double value = 0;
    for (int r = row - 1; r <= row + 1; r++) {
      for (int c = column - 1; c <= column + 1; c++) {
        double dx = c + random(2 * c, 2 * r + 1) - x;
        double dy = r + random(2 * c + 1, 2 * r) - y;
        if (dx * dx + dy * dy < nearest) {
          nearest = dx * dx + dy * dy;
          value = random(c + 7919, r);
        }
      }
    }
    return value;
  }

  /** A random value for whole coordinates; from 0 to 1. */
  double random(int x, int y) {
    int h = seed + x * 0x9E3779B1 + y * 0x85EBCA77;
    h = (h ^ (h >>> 15)) * 0x2C1B3C6D;
    h = (h ^ (h >>> 12)) * 0x297A2D39;
    return ((h ^ (h >>> 15)) >>> 8) * 0x1p-24;
  }

  static double mix(double a, double b, double t) {
    return a + (b - a) * t;
  }

  static double clamp01(double value) {
    return Math.max(0, Math.min(1, value));
  }

  private static double smooth(double t) {
    return t * t * (3 - 2 * t);
  }
}

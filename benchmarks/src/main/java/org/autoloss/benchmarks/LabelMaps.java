package org.autoloss.benchmarks;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Seeded label maps {@code [N,H,W]}. How many label edges there are decides what BF1 costs. */
final class LabelMaps {
  /** Shapes drawn on each image; with ten, one pixel in six is a label edge at 128x128. */
  private static final int SHAPES = 10;

  private LabelMaps() {}

  /**
   * Makes labels.
   *
   * @param kind {@code shapes} is like scenes: discs and rectangles of all classes on a background
   *     of class 0; {@code noise} draws each pixel on its own, so that all are edges: the worst
   *     case
   */
  static long[] of(String kind, int images, int classes, int height, int width) {
    RandomGenerator random = new SplittableRandom(7);
    long[] labels = new long[images * height * width];
    switch (kind) {
      case "shapes" -> {
        for (int k = 0; k < images * SHAPES; k++) {
          int label = classes == 1 ? 0 : 1 + k % (classes - 1);
          draw(label, k / SHAPES * height, height, width, random, labels);
        }
      }
      case "noise" -> {
        for (int i = 0; i < labels.length; i++) {
          labels[i] = random.nextInt(classes);
        }
      }
      default ->
          throw new IllegalArgumentException("labels: expected shapes or noise, got " + kind);
    }
    return labels;
  }

  /** A disc or a rectangle, of a sixteenth to a quarter of the image's sides to each side. */
  private static void draw(
      int label, int firstRow, int height, int width, RandomGenerator random, long[] labels) {
    boolean disc = random.nextBoolean();
    double y = random.nextDouble(height);
    double x = random.nextDouble(width);
    double down = height * random.nextDouble(1 / 16.0, 1 / 4.0);
    double across = width * random.nextDouble(1 / 16.0, 1 / 4.0);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        double dy = Math.abs(row - y) / down;
        double dx = Math.abs(column - x) / across;
        if (disc ? dy * dy + dx * dx <= 1 : Math.max(dy, dx) <= 1) {
          labels[(firstRow + row) * width + column] = label;
        }
      }
    }
  }
}

package org.autoloss.graph;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Draws label maps of ellipses on a background, for where there is no data set at hand. */
public final class LabelMaps {
  private static final int ELLIPSES = 6;

  private LabelMaps() {}

  /**
   * Draws label maps.
   *
   * @param count how many
   * @param classes how many classes, 2 or more; 0 is the background
   * @param size height and width
   * @param random where the randomness comes from
   * @return {@code [count,size,size]}, row-major
   */
  public static int[] ellipses(int count, int classes, int size, RandomGenerator random) {
    int[] labels = new int[Math.multiplyExact(count, Math.multiplyExact(size, size))];
    for (int b = 0; b < count; b++) {
      for (int k = 0; k < ELLIPSES; k++) {
        // The first ones are of different classes, so that each map has several.
        int label = 1 + (k < 3 ? (b + k) % (classes - 1) : random.nextInt(classes - 1));
        double[] centre = {random.nextDouble() * size, random.nextDouble() * size};
        double[] radius = {
          size * (0.1 + 0.2 * random.nextDouble()), size * (0.1 + 0.2 * random.nextDouble())
        };
        fill(labels, b * size * size, size, label, centre, radius);
      }
    }
    return labels;
  }

  private static void fill(
      int[] labels, int offset, int size, int label, double[] centre, double[] radius) {
    int[] map = Arrays.copyOfRange(labels, offset, offset + size * size);
    for (int i = 0; i < map.length; i++) {
      double y = (i / size - centre[0]) / radius[0];
      double x = (i % size - centre[1]) / radius[1];
      map[i] = x * x + y * y <= 1 ? label : map[i];
    }
    System.arraycopy(map, 0, labels, offset, map.length);
  }
}

package org.autoloss;

import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Shape;

/** Random logits and labels for tests. */
public final class Batches {
  private Batches() {}

  /** Normal logits times a scale. */
  public static float[] logits(Shape shape, double scale, long seed) {
    RandomGenerator random = RandomStreams.stream(seed, 1);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }

  /** Labels of all classes and, for one pixel in eight, one of the ignored values 255, -1, C. */
  public static int[] labels(Shape shape, long seed) {
    RandomGenerator random = RandomStreams.stream(seed, 2);
    int[] ignored = {255 + (int) shape.c(), -1, (int) shape.c()};
    int[] values = new int[(int) shape.pixels()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          random.nextInt(8) == 0 ? ignored[random.nextInt(3)] : random.nextInt((int) shape.c());
    }
    return values;
  }

  /** The same numbers in double precision. */
  public static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  /**
   * Euclidean norm of {@code a - b}, over the norm of {@code b}; that of {@code a} where b is 0.
   */
  public static double relativeError(float[] a, double[] b) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < b.length; i++) {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      norm += b[i] * b[i];
    }
    return Math.sqrt(norm == 0 ? difference : difference / norm);
  }
}

package org.autoloss.nn;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** The first values of a parameter. */
@FunctionalInterface
public interface Initial {
  /**
   * Zeros, with the signs of draws: so a seed's first weights stay what they were, to the last bit.
   */
  Initial ZERO = normal(0);

  /**
   * Writes the values.
   *
   * @param values all of them, to be overwritten
   * @param shape the parameter's sizes
   * @param random what to draw from: a stream of the parameter's own
   */
  void fill(float[] values, long[] shape, RandomGenerator random);

  /**
   * The same value everywhere.
   *
   * @param value which
   * @return the initialisation
   */
  static Initial constant(float value) {
    return (values, shape, random) -> Arrays.fill(values, value);
  }

  /**
   * A normal distribution around 0.
   *
   * @param deviation its standard deviation
   * @return the initialisation
   */
  static Initial normal(double deviation) {
    return (values, shape, random) -> draw(values, deviation, random);
  }

  /**
   * For weights before a ReLU: a normal distribution of deviation {@code sqrt(2 / n)}, where n is
   * the number of inputs of an output (He et al., "Delving deep into rectifiers", ICCV 2015,
   * equation 10).
   *
   * @return the initialisation
   */
  static Initial he() {
    return (values, shape, random) -> draw(values, Math.sqrt(2.0 / inner(shape, 1)), random);
  }

  /**
   * The same for the backward pass, equation 14: n is the number of outputs that an input of a
   * convolution reaches.
   *
   * @return the initialisation
   */
  static Initial heFanOut() {
    return (values, shape, random) ->
        draw(values, Math.sqrt(2.0 / (shape[0] * inner(shape, 2))), random);
  }

  /**
   * A uniform distribution on {@code [-1/sqrt(n), 1/sqrt(n)]}, where n is the number of inputs of
   * an output: PyTorch's for layers that name none.
   *
   * @param inputs n
   * @return the initialisation
   */
  static Initial uniform(long inputs) {
    double bound = 1 / Math.sqrt(inputs);
    return (values, shape, random) -> {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
    };
  }

  private static void draw(float[] values, double deviation, RandomGenerator random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
  }

  private static long inner(long[] shape, int from) {
    return Arrays.stream(shape).skip(from).reduce(1, Math::multiplyExact);
  }
}

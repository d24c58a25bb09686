package org.autoloss.data;

import java.util.random.RandomGenerator;

/** Makes examples of one fixed size from samples of any size. Immutable and thread-safe. */
public interface Transform {
  /**
   * The examples' height.
   *
   * @return in pixels
   */
  int height();

  /**
   * The examples' width.
   *
   * @return in pixels
   */
  int width();

  /**
   * Transforms a sample.
   *
   * @param sample stays as it is
   * @param random where random choices come from; a transform without any draws nothing
   * @return a new example of {@link #height()} x {@link #width()}
   */
  Example apply(Sample sample, RandomGenerator random);
}

package org.autoloss.internal;

import java.util.random.RandomGenerator;
import org.apache.commons.rng.simple.RandomSource;

/**
 * Independent random streams by address: one seed, and a path such as {@code (PROXY, step,
 * sample)}. What a task draws depends on its address alone, never on which worker runs it or when.
 */
public final class RandomStreams {
  private RandomStreams() {}

  /**
   * The stream at an address.
   *
   * @param seed the run's seed
   * @param path where in the run the stream is used; different paths give independent streams
   * @return a new generator, XoShiRo256++
   */
  public static RandomGenerator stream(long seed, long... path) {
    return new CommonsGenerator(RandomSource.XO_SHI_RO_256_PP.create(seed(seed, path)));
  }

  /**
   * A seed for a part of the run.
   *
   * @param seed the run's seed
   * @param path where in the run it is used
   * @return a seed that differs for each path
   */
  public static long seed(long seed, long... path) {
    long state = mix(seed);
    for (long step : path) {
      state = mix(state ^ mix(step + 0x9E3779B97F4A7C15L));
    }
    return state;
  }

  // The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), a bijection that scatters close
  // values.
  private static long mix(long z) {
    z += 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}

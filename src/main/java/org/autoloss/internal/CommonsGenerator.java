package org.autoloss.internal;

import java.util.random.RandomGenerator;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler.NormalizedGaussian;

/**
 * A generator of Commons RNG behind the JDK's interface. Each number is the one that Commons RNG
 * draws, so that a seed gives the same results as when its interface stood in our signatures.
 */
record CommonsGenerator(UniformRandomProvider source, NormalizedGaussian gaussian)
    implements RandomGenerator {
  CommonsGenerator(UniformRandomProvider source) {
    this(source, NormalizedGaussian.of(source));
  }

  @Override
  public long nextLong() {
    return source.nextLong();
  }

  @Override
  public long nextLong(long bound) {
    return source.nextLong(bound);
  }

  @Override
  public long nextLong(long origin, long bound) {
    return source.nextLong(origin, bound);
  }

  @Override
  public int nextInt() {
    return source.nextInt();
  }

  @Override
  public int nextInt(int bound) {
    return source.nextInt(bound);
  }

  @Override
  public int nextInt(int origin, int bound) {
    return source.nextInt(origin, bound);
  }

  @Override
  public boolean nextBoolean() {
    return source.nextBoolean();
  }

  @Override
  public void nextBytes(byte[] bytes) {
    source.nextBytes(bytes);
  }

  @Override
  public float nextFloat() {
    return source.nextFloat();
  }

  @Override
  public float nextFloat(float bound) {
    return source.nextFloat(bound);
  }

  @Override
  public float nextFloat(float origin, float bound) {
    return source.nextFloat(origin, bound);
  }

  @Override
  public double nextDouble() {
    return source.nextDouble();
  }

  @Override
  public double nextDouble(double bound) {
    return source.nextDouble(bound);
  }

  @Override
  public double nextDouble(double origin, double bound) {
    return source.nextDouble(origin, bound);
  }

  @Override
  public double nextGaussian() {
    return gaussian.sample();
  }
}

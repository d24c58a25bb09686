package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler.NormalizedGaussian;
import org.apache.commons.rng.simple.RandomSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams of numbers are those of Commons RNG's XoShiRo256++, whichever method draws them. */
class RandomStreamsTest {
  private static final int DRAWS = 1000;

  static Stream<Arguments> draws() {
    return Stream.of(
        draw("long", r -> r.nextLong(), c -> c.nextLong()),
        draw("long below", r -> r.nextLong(7), c -> c.nextLong(7)),
        draw("long between", r -> r.nextLong(-3, 1L << 40), c -> c.nextLong(-3, 1L << 40)),
        draw("int", r -> r.nextInt(), c -> c.nextInt()),
        draw("int below", r -> r.nextInt(14), c -> c.nextInt(14)),
        draw("int between", r -> r.nextInt(-5, 1000), c -> c.nextInt(-5, 1000)),
        draw("boolean", r -> r.nextBoolean(), c -> c.nextBoolean()),
        draw("float", r -> r.nextFloat(), c -> c.nextFloat()),
        draw("float below", r -> r.nextFloat(3), c -> c.nextFloat(3)),
        draw("float between", r -> r.nextFloat(-1, 3), c -> c.nextFloat(-1, 3)),
        draw("double", r -> r.nextDouble(), c -> c.nextDouble()),
        draw("double below", r -> r.nextDouble(3), c -> c.nextDouble(3)),
        draw("double between", r -> r.nextDouble(0.8, 1.15), c -> c.nextDouble(0.8, 1.15)),
        draw("gaussian", r -> r.nextGaussian(), c -> NormalizedGaussian.of(c).sample()),
        draw("bytes", r -> bytes(r), c -> bytes(c)),
        draw("ints", r -> sum(r), c -> sum(c)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("draws")
  void stream_anyMethod_drawsWhatCommonsDraws(
      String name,
      Function<RandomGenerator, Object> ours,
      Function<UniformRandomProvider, Object> theirs) {
    RandomGenerator stream = RandomStreams.stream(3, 1, 4);
    UniformRandomProvider commons =
        RandomSource.XO_SHI_RO_256_PP.create(RandomStreams.seed(3, 1, 4));
    for (int i = 0; i < DRAWS; i++) {
      assertThat(ours.apply(stream)).isEqualTo(theirs.apply(commons));
    }
    assertThat(stream.nextLong()).isEqualTo(commons.nextLong());
  }

  private static Arguments draw(
      String name,
      Function<RandomGenerator, Object> ours,
      Function<UniformRandomProvider, Object> theirs) {
    return Arguments.of(name, ours, theirs);
  }

  private static byte[] bytes(RandomGenerator random) {
    byte[] bytes = new byte[13];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] bytes(UniformRandomProvider random) {
    byte[] bytes = new byte[13];
    random.nextBytes(bytes);
    return bytes;
  }

  // Streams of all kinds, one after the other.
  private static double sum(RandomGenerator random) {
    return random.ints(5, 0, 9).sum()
        + random.longs(5, 0, 99).sum() / 7.0
        + random.doubles(5, -1, 1).sum()
        + random.doubles(5).sum();
  }

  private static double sum(UniformRandomProvider random) {
    return random.ints(5, 0, 9).sum()
        + random.longs(5, 0, 99).sum() / 7.0
        + random.doubles(5, -1, 1).sum()
        + random.doubles(5).sum();
  }
}

package org.autoloss.search.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;

class PpoSearchTest {
  private static final double[] START = {0.25, 1.0 / 3, 0.5, 0.25, 1.0 / 3, 0.5};
  private static final double[] TARGET = {0.6, 0.9, 0.2, 0.8, 0.1, 0.5};

  /** What a search has asked for. */
  private record Step(int number, double[][] points) {}

  @Test
  void run_noisyHill_climbsIt() {
    // With 12 x 16 samples: over 20 seeds the mean of the last score exceeds the start's by far
    // more than the noise. The start lies 0.86 from the target: score 1 - 0.74 = 0.26.
    double sum = 0;
    int closer = 0;
    for (int seed = 0; seed < 20; seed++) {
      double last =
          1
              - distance(
                  new PpoSearch(PpoSettings.of(12, 16))
                      .run(START, seed, hill(0.02), scored -> false));
      sum += last;
      closer += last > 1 - distance(START) + 0.2 ? 1 : 0;
    }
    assertThat(sum / 20).isGreaterThan(0.7);
    assertThat(closer).isGreaterThanOrEqualTo(18);
  }

  @Test
  void run_sameSeed_asksTheSame() {
    List<Step> one = asked(PpoSettings.of(3, 8), 4, Long.MAX_VALUE);
    assertThat(asked(PpoSettings.of(3, 8), 4, Long.MAX_VALUE))
        .usingRecursiveComparison()
        .isEqualTo(one);
    assertThat(asked(PpoSettings.of(3, 8), 5, Long.MAX_VALUE).get(0).points()[1])
        .isNotEqualTo(one.get(0).points()[1]);
  }

  @Test
  void run_steps_beginWithTheMeanAndEndWithItAlone() {
    List<Step> steps = asked(PpoSettings.of(2, 3), 1, Long.MAX_VALUE);
    assertThat(steps.stream().map(Step::number)).containsExactly(0, 1, 2);
    assertThat(steps.get(0).points()[0]).usingComparatorWithPrecision(1e-12).containsExactly(START);
    assertThat(steps.get(1).points()).hasDimensions(3, START.length);
    assertThat(steps.get(2).points()).hasDimensions(1, START.length);
  }

  @Test
  void run_severalStarts_goesOnFromTheBest() {
    List<Step> steps = new ArrayList<>();
    double[] good = {0.7, 0.7};
    double[][] starts = {{0.1, 0.1}, good, {0.4, 0.4}};
    new PpoSearch(PpoSettings.of(2, 4))
        .run(
            starts,
            3,
            (step, points) -> {
              steps.add(new Step(step, points));
              return Arrays.stream(points).mapToDouble(point -> point[0]).toArray();
            },
            scored -> false);
    assertThat(steps.stream().map(Step::number)).containsExactly(0, 1, 2, 3);
    assertThat(steps.get(0).points()).isEqualTo(starts);
    assertThat(steps.get(1).points()[0]).usingComparatorWithPrecision(1e-12).containsExactly(good);
    assertThat(steps.get(3).points()).hasDimensions(1, 2);
  }

  @Test
  void run_enough_makesNoFurtherStep() {
    List<Step> steps = asked(PpoSettings.of(5, 3), 1, 6);
    assertThat(steps.stream().map(Step::number)).containsExactly(0, 1, 2);
    assertThat(steps.get(2).points()).hasDimensions(1, START.length);
    assertThat(asked(PpoSettings.of(5, 3), 1, 0)).hasSize(2); // the first step is always made
  }

  @Test
  void settings_outOfRange_nameTheComponent() {
    assertThatThrownBy(() -> PpoSettings.of(0, 4)).hasMessage("steps: expected 1 to 10000, got 0");
    assertThatThrownBy(() -> PpoSettings.of(4, 1))
        .hasMessage("samples: expected 2 to 10000, got 1");
    assertThatThrownBy(() -> new PpoSettings(1, 2, 1, Double.NaN, 0.2, 0.2))
        .hasMessageStartingWith("sigma: expected");
    assertThatThrownBy(() -> new PpoSettings(1, 2, 1, 0.2, 1, 0.2))
        .hasMessageStartingWith("clip: expected");
  }

  private static List<Step> asked(PpoSettings settings, long seed, long limit) {
    List<Step> steps = new ArrayList<>();
    PpoSearch.Objective hill = hill(0.05);
    new PpoSearch(settings)
        .run(
            START,
            seed,
            (step, points) -> {
              steps.add(new Step(step, points));
              return hill.score(step, points);
            },
            scored -> scored >= limit);
    return steps;
  }

  private static PpoSearch.Objective hill(double noise) {
    return (step, points) ->
        Arrays.stream(points)
            .mapToDouble(
                point ->
                    1
                        - distance(point)
                        + noise
                            * (RandomStreams.stream(step, Arrays.hashCode(point)).nextDouble()
                                - 0.5))
            .toArray();
  }

  private static double distance(double[] theta) {
    double square = 0;
    for (int d = 0; d < theta.length; d++) {
      square += (theta[d] - TARGET[d]) * (theta[d] - TARGET[d]);
    }
    return square;
  }
}

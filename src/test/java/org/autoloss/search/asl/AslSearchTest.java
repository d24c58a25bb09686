package org.autoloss.search.asl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.autoloss.internal.RandomStreams;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.SearchListener;
import org.autoloss.search.Trial;
import org.autoloss.search.Workers;
import org.junit.jupiter.api.Test;

class AslSearchTest {
  private static final SearchListener<double[]> DEAF = new SearchListener<>() {};
  private static final double[] START = {0.25, 1.0 / 3, 0.5, 0.25, 1.0 / 3, 0.5};
  private static final double[] TARGET = {0.6, 0.9, 0.2, 0.8, 0.1, 0.5};

  @Test
  void run_noisyHill_climbsIt() {
    // With 12 x 16 samples: over 20 seeds the mean of the last score exceeds the start's by far
    // more
    // than the noise. The start lies 0.86 from the target: score 1 - 0.74 = 0.26.
    double sum = 0;
    int closer = 0;
    for (int seed = 0; seed < 20; seed++) {
      List<AslSearch.Scored> scored = search(hill(0.02), AslSettings.of(12, 16), seed, 1, DEAF);
      double last = 1 - distance(scored.get(scored.size() - 1).theta());
      sum += last;
      closer += last > 1 - distance(START) + 0.2 ? 1 : 0;
    }
    assertThat(sum / 20).isGreaterThan(0.7);
    assertThat(closer).isGreaterThanOrEqualTo(18);
  }

  @Test
  void run_fourWorkers_givesTheResultOfOne() {
    List<AslSearch.Scored> one = search(hill(0.05), AslSettings.of(3, 8), 4, 1, DEAF);
    List<AslSearch.Scored> four = search(hill(0.05), AslSettings.of(3, 8), 4, 4, DEAF);
    assertThat(four).usingRecursiveComparison().isEqualTo(one);
    assertThat(search(hill(0.05), AslSettings.of(3, 8), 5, 1, DEAF).get(1).theta())
        .isNotEqualTo(one.get(1).theta());
  }

  @Test
  void run_trials_haveTheirPlacesAndShareTheStepsSeed() {
    List<AslSearch.Scored> scored = search(hill(0), AslSettings.of(2, 3), 1, 2, DEAF);
    assertThat(scored).hasSize(7);
    assertThat(scored.get(0).theta()).usingComparatorWithPrecision(1e-12).containsExactly(START);
    assertThat(scored.get(4).trial().step()).isEqualTo(1);
    assertThat(scored.get(4).trial().sample()).isEqualTo(1);
    assertThat(scored.get(4).trial().seed()).isEqualTo(scored.get(3).trial().seed());
    assertThat(scored.get(4).trial().seed()).isNotEqualTo(scored.get(0).trial().seed());
  }

  @Test
  void run_listener_hearsEveryTrialOnce() {
    List<Trial> heard = new ArrayList<>(); // not synchronised: calls must not overlap
    List<Integer> steps = new ArrayList<>();
    SearchListener<double[]> listener =
        new SearchListener<>() {
          @Override
          public void evaluated(double[] candidate, Trial trial, Evaluation evaluation) {
            heard.add(trial);
          }

          @Override
          public void stepped(int step, double[] centre) {
            steps.add(step);
          }
        };
    List<AslSearch.Scored> scored = search(hill(0), AslSettings.of(3, 16), 1, 4, listener);
    assertThat(heard)
        .containsExactlyInAnyOrderElementsOf(scored.stream().map(AslSearch.Scored::trial).toList());
    assertThat(steps).containsExactly(0, 1, 2);
  }

  @Test
  void run_objectiveThrows_passesTheMessageOn() {
    Objective<double[]> broken =
        (theta, trial) -> {
          throw new IllegalArgumentException("x.jpg: it is damaged");
        };
    assertThatThrownBy(() -> search(broken, AslSettings.of(1, 4), 1, 2, DEAF))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("x.jpg: it is damaged");
  }

  @Test
  void settings_outOfRange_nameTheComponent() {
    assertThatThrownBy(() -> AslSettings.of(0, 4)).hasMessage("steps: expected 1 to 10000, got 0");
    assertThatThrownBy(() -> AslSettings.of(4, 1))
        .hasMessage("samples: expected 2 to 10000, got 1");
    assertThatThrownBy(() -> new AslSettings(1, 2, 1, Double.NaN, 0.2, 0.2))
        .hasMessageStartingWith("sigma: expected");
    assertThatThrownBy(() -> new AslSettings(1, 2, 1, 0.2, 1, 0.2))
        .hasMessageStartingWith("clip: expected");
  }

  private static List<AslSearch.Scored> search(
      Objective<double[]> objective,
      AslSettings settings,
      long seed,
      int workers,
      SearchListener<double[]> listener) {
    try (Workers pool = Workers.of(workers)) {
      return new AslSearch(settings, objective, listener).run(START, seed, pool);
    }
  }

  private static Objective<double[]> hill(double noise) {
    return (theta, trial) -> {
      double jitter =
          noise * (RandomStreams.stream(trial.seed(), Arrays.hashCode(theta)).nextDouble() - 0.5);
      return new Evaluation(1 - distance(theta) + jitter, Evaluation.Status.OK, 0);
    };
  }

  private static double distance(double[] theta) {
    double square = 0;
    for (int d = 0; d < theta.length; d++) {
      square += (theta[d] - TARGET[d]) * (theta[d] - TARGET[d]);
    }
    return square;
  }
}

package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SteepSlopesTest {
  private static final RejectionSettings SETTINGS = RejectionSettings.of(SegmentationMetric.MIOU);

  private static RejectionProtocol inner;
  private static SteepSlopes slopes;

  @BeforeAll
  static void makeSamples() {
    int size = 24;
    int[] labels = new int[3 * size * size];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (i / size / 7 + i % size / 9) % 4;
    }
    labels[5] = -1; // ignored
    RejectionSamples samples =
        RejectionSamples.of(labels, 3, 4, size, size, SETTINGS.noise(), new Random(3));
    inner = RejectionProtocol.of(samples, SETTINGS);
    slopes = new SteepSlopes(inner, samples, SETTINGS.noise(), SETTINGS.eps(), 20);
  }

  /** Cross entropy, focal loss, the squared error, and one that a search found and that trains. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "neg(mul(y,log(yhat)))",
        "neg(mul(square(add(1,neg(yhat))),mul(y,log(yhat))))",
        "square(add(y,neg(yhat)))",
        "abs(add(y,neg(yhat)))",
        "log(log(inv(sqrt(mean_nhw(mul(square(yhat),square(y)))))))"
      })
  void isSteep_lossThatTrains_isNot(String expression) {
    assertThat(slopes.isSteep(LossGraph.parse(expression))).isFalse();
  }

  /** Losses that searches found, and that collapsed in longer trainings or elsewhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "exp(add(y,log(neg(log(yhat)))))",
        "neg(mul(y,log(log(yhat))))",
        "sqrt(neg(mul(y,log(log(sqrt(inv(yhat)))))))"
      })
  void isSteep_rootOrLogarithmOfWhatVanishes_is(String expression) {
    assertThat(slopes.isSteep(LossGraph.parse(expression))).isTrue();
  }

  @Test
  void evaluate_steepGraph_isBelowTheThreshold() {
    List<LossGraph> graphs =
        List.of(
            LossGraph.parse("neg(mul(y,log(yhat)))"),
            LossGraph.parse("exp(add(y,log(neg(log(yhat)))))"));
    List<RejectionResult> before = inner.evaluate(graphs, null);
    List<RejectionResult> results = slopes.evaluate(graphs, null);
    assertThat(before.get(0).accepted()).isTrue();
    assertThat(results.get(0)).isEqualTo(before.get(0));
    assertThat(before.get(1).accepted()).isTrue();
    assertThat(results.get(1).status()).isEqualTo(RejectionResult.Status.BELOW_THRESHOLD);
    assertThat(results.get(1).fingerprint()).isEqualTo(before.get(1).fingerprint());
  }
}

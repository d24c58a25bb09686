package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceInterpreterTest {
  static List<GoldenGraphs> golden() {
    return GoldenGraphs.all();
  }

  @ParameterizedTest
  @MethodSource("golden")
  void evaluate_goldenGraphs_givesTheirValues(GoldenGraphs golden) {
    var result =
        ReferenceInterpreter.evaluate(
            golden.graph(), 1e-12, golden.doubleLogits(), golden.intLabels(), golden.shape());
    // Both sides are float64; the slack is for sums taken in another order. A loss or a gradient
    // that cancels to nothing is rounding noise of what it is made of.
    double noise = 1e-14 * result.magnitude();
    assertThat(result.value())
        .isCloseTo(golden.value(), within(1e-10 * Math.abs(golden.value()) + noise));
    for (int n = 0; n < golden.gradNormPerSample().length; n++) {
      double norm = golden.gradNormPerSample()[n];
      assertThat(result.sampleNorms()[n]).isCloseTo(norm, within(1e-9 * norm + noise));
    }
    if (golden.gradient() != null) {
      for (int i = 0; i < golden.gradient().length; i++) {
        assertThat(result.gradient()[i])
            .isCloseTo(golden.gradient()[i], within(1e-6 * golden.gradNorm() + noise));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Operator.class)
  void evaluate_eachOperator_matchesCentralDifferences(Operator operator) {
    // log(yhat) + y is of both signs and not near a kink; the outer square makes slopes matter.
    String inner = "add(log(yhat),y)";
    String text =
        operator.arity() == 2
            ? "square(%s(%s,exp(yhat)))".formatted(operator, inner)
            : "square(%s(%s))".formatted(operator, inner);
    int[] shape = {2, 3, 4, 3};
    double[] logits = RandomStreams.stream(11).doubles(72, -2, 2).toArray();
    int[] labels = RandomStreams.stream(12).ints(24, 0, 4).toArray();
    LossGraph graph = LossGraph.parse(text);
    double[] gradient =
        ReferenceInterpreter.evaluate(graph, 1e-12, logits, labels, shape).gradient();
    double step = 1e-6;
    for (int i = 0; i < logits.length; i++) {
      double at = logits[i];
      logits[i] = at + step;
      double above = ReferenceInterpreter.evaluate(graph, 1e-12, logits, labels, shape).value();
      logits[i] = at - step;
      double below = ReferenceInterpreter.evaluate(graph, 1e-12, logits, labels, shape).value();
      logits[i] = at;
      double difference = (above - below) / (2 * step);
      assertThat(gradient[i]).isCloseTo(difference, within(1e-6 * (1 + Math.abs(difference))));
    }
  }

  @Test
  void evaluate_meanOverPixels_isTheMeanOfEachClass() {
    double[] logits = RandomStreams.stream(5).doubles(24, -2, 2).toArray();
    int[] labels = {0, 1, 2, 3, 0, 1, 2, 9};
    // Summed over C = 3 classes, the prediction's mean is 1, and that of 1 is 3.
    Map<String, Double> values =
        Map.of(
            "yhat", 1.0,
            "mean_nhw(yhat)", 1.0,
            "mean_nhw(mean_nhw(yhat))", 1.0,
            "mean_c(1)", 3.0,
            "mean_c(mean_nhw(1))", 3.0,
            // of 6 pixels that count, each class has 2
            "square(mean_nhw(y))", 1 / 3.0);
    values.forEach(
        (text, expected) -> {
          LossGraph graph = LossGraph.parse(text);
          double value =
              ReferenceInterpreter.evaluate(graph, 1e-12, logits, labels, 2, 3, 2, 2).value();
          assertThat(value).as(text).isCloseTo(expected, within(1e-11)); // eps in inv
        });
  }

  @Test
  void evaluate_allIgnored_isZero() {
    int[] labels = {255, 255, -1, 3};
    var result =
        ReferenceInterpreter.evaluate(
            LossGraph.parse("inv(maxpool3(mean_nhw(y)))"),
            1e-12,
            new double[12],
            labels,
            1,
            3,
            2,
            2);
    assertThat(result.value()).isZero();
    assertThat(result.gradient()).containsOnly(0);
  }
}

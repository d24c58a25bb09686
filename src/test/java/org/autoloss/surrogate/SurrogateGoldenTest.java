package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.Golden;
import org.autoloss.loss.Shape;
import org.autoloss.metric.ClassPolicy;
import org.autoloss.metric.Metric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Native kernels and reference against values computed in float64 from the published formulas. */
class SurrogateGoldenTest {
  static Stream<JsonNode> regionEntries() {
    return Golden.entries("asl").stream()
        .filter(entry -> entry.has("metric"))
        .filter(entry -> !Metric.of(entry.path("metric").asText()).boundary());
  }

  static Stream<JsonNode> referenceEntries() {
    return Golden.entries("asl").stream()
        .filter(entry -> entry.has("metric"))
        .filter(entry -> Metric.of(entry.path("metric").asText()) != Metric.BF1);
  }

  private static SurrogateParameters parameters(JsonNode entry) {
    ClassPolicy asl = ClassPolicy.ASL;
    ClassPolicy policy =
        new ClassPolicy(
            asl.inLoss(),
            asl.inMetric(),
            entry.path("tolerance").asInt(),
            entry.path("dropBackground").asBoolean());
    return SurrogateParameters.of(
        Metric.of(entry.path("metric").asText()), Golden.doubles(entry.path("theta")), policy);
  }

  @ParameterizedTest
  @MethodSource("regionEntries")
  void evaluate_goldenInputs_meetsValueAndGradient(JsonNode entry) {
    Shape shape = Golden.shape(entry);
    float[] logits = Golden.array("asl", entry, "logits").floats();
    int[] labels = Golden.array("asl", entry, "labels").ints();
    float[] gradient = new float[logits.length];

    double loss;
    try (SurrogateLoss surrogate = SurrogateLoss.of(parameters(entry))) {
      loss = surrogate.evaluate(logits, labels, shape, gradient);
    }

    double expected = entry.path("loss").asDouble();
    assertThat(loss).isCloseTo(expected, within(1e-5 * Math.abs(expected)));
    double norm = norm(Batches.doubles(gradient));
    double expectedNorm = entry.path("gradNorm").asDouble();
    assertThat(norm).isCloseTo(expectedNorm, within(1e-4 * expectedNorm));
    if (entry.hasNonNull("grad")) {
      double[] exact = Batches.doubles(Golden.array("asl", entry, "grad").floats());
      assertThat(Batches.relativeError(gradient, exact)).isLessThanOrEqualTo(1e-4);
    }
  }

  @ParameterizedTest
  @MethodSource("referenceEntries")
  void reference_goldenInputs_meetsValueAndGradient(JsonNode entry) {
    Shape shape = Golden.shape(entry);
    double[] logits = Batches.doubles(Golden.array("asl", entry, "logits").floats());
    int[] labels = Golden.array("asl", entry, "labels").ints();
    double[] gradient = new double[logits.length];

    double loss = SurrogateReference.evaluate(parameters(entry), logits, labels, shape, gradient);

    // both are float64: what is left is the order of the sums
    assertThat(loss).isCloseTo(entry.path("loss").asDouble(), within(1e-9));
    double expectedNorm = entry.path("gradNorm").asDouble();
    assertThat(norm(gradient)).isCloseTo(expectedNorm, within(1e-7 * expectedNorm));
  }

  @Test
  void reference_bf1_isRefused() {
    SurrogateParameters parameters = SurrogateParameters.identity(Metric.BF1, 1);
    assertThatThrownBy(
            () ->
                SurrogateReference.evaluate(
                    parameters, new double[1], new int[1], new Shape(1, 1, 1, 1), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("metric: expected any but BF1, got BF1");
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}

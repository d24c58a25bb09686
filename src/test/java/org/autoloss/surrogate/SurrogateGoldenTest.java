package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.Golden;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Native kernels and reference against values computed in float64 from the published formulas. */
class SurrogateGoldenTest {
  @AfterEach
  void restoreDefaults() {
    ops.set_cpu_isa("auto");
  }

  static Stream<JsonNode> entries() {
    return Golden.entries("asl").stream().filter(entry -> entry.has("metric"));
  }

  private static SurrogateParameters parameters(JsonNode entry) {
    ClassPolicy policy =
        ClassPolicy.ASL
            .withTolerance(entry.path("tolerance").asInt())
            .withDropBackground(entry.path("dropBackground").asBoolean());
    return SurrogateParameters.of(
        SegmentationMetric.of(entry.path("metric").asText()),
        Golden.doubles(entry.path("theta")),
        policy);
  }

  @ParameterizedTest
  @MethodSource("entries")
  void evaluate_goldenInputs_meetsValueAndGradient(JsonNode entry) {
    Shape shape = Golden.shape(entry);
    float[] logits = Golden.array("asl", entry, "logits").floats();
    int[] labels = Golden.array("asl", entry, "labels").ints();
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      float[] gradient = new float[logits.length];
      try (SurrogateLoss surrogate = SurrogateLoss.of(parameters(entry))) {
        double loss = surrogate.evaluate(logits, labels, shape, gradient);
        assertMeets(entry, loss, gradient);
      }
    }
  }

  private static void assertMeets(JsonNode entry, double loss, float[] gradient) {
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
  @MethodSource("entries")
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

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}

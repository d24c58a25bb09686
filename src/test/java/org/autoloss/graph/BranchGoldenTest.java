package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.from_blob;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Graphs on boxes, yes or no, and heat maps against values made elsewhere. */
class BranchGoldenTest {
  // Inputs and gradients are float32, all between in float64.
  private static final double ROUNDING = 1e-6;

  static Stream<JsonNode> entries() {
    Libtorch.load();
    return Golden.entries("branches").stream();
  }

  @ParameterizedTest
  @MethodSource("entries")
  void apply_reference_hasItsValueAndGradient(JsonNode entry) {
    Npy predicted = Golden.array("branches", entry, "predicted");
    Npy target = Golden.array("branches", entry, "target");
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(entry.path("loss").toString());
        Loss again = Loss.parse(loss.toJson())) {
      Tensor p =
          from_blob(new FloatPointer(predicted.floats()), predicted.shape()).requires_grad_(true);
      Tensor t = from_blob(new FloatPointer(target.floats()), target.shape());
      Tensor value = loss.apply(p, t);
      value.backward();
      float[] gradient = new float[predicted.floats().length];
      p.grad().contiguous().data_ptr_float().get(gradient);

      double expected = entry.path("value").asDouble();
      assertThat(value.item_double())
          .isCloseTo(expected, within(ROUNDING * Math.max(1, Math.abs(expected))));
      assertThat(again.apply(p, t).item_double()).isEqualTo(value.item_double());
      double norm = entry.path("gradNorm").asDouble();
      double squares = 0;
      double sum = 0;
      for (float g : gradient) {
        squares += (double) g * g;
        sum += g;
      }
      assertThat(Math.sqrt(squares)).isCloseTo(norm, within(ROUNDING * norm));
      // as many roundings as elements, each of an element's size
      double bound = ROUNDING * norm * Math.sqrt(gradient.length);
      assertThat(sum).isCloseTo(entry.path("gradSum").asDouble(), within(bound));
      if (entry.has("grad")) {
        float[] reference = Golden.array("branches", entry, "grad").floats();
        for (int i = 0; i < gradient.length; i++) {
          assertThat((double) gradient[i]).isCloseTo(reference[i], within(ROUNDING * norm));
        }
      }
    }
  }
}

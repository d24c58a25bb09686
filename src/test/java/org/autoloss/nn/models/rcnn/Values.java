package org.autoloss.nn.models.rcnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.Golden;
import org.autoloss.nn.FormulaWeights;
import org.bytedeco.pytorch.Tensor;

/** Reads the reference values of {@code golden/detection} and compares with them. */
final class Values {
  static final String FOLDER = "detection";

  private Values() {}

  static JsonNode entry(String name) {
    return Golden.entries(FOLDER).stream()
        .filter(each -> each.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  static List<JsonNode> kind(String kind) {
    return Golden.entries(FOLDER).stream()
        .filter(each -> each.path("kind").asText().equals(kind))
        .toList();
  }

  static float[] floats(JsonNode entry, String input) {
    return Golden.array(FOLDER, entry.path("inputs"), input).floats();
  }

  static int[] ints(JsonNode entry, String input) {
    return Golden.array(FOLDER, entry.path("inputs"), input).ints();
  }

  static float[] expectedFloats(JsonNode entry, String output) {
    return Golden.array(FOLDER, entry.path("outputs").path(output), "file").floats();
  }

  static int[] expectedInts(JsonNode entry, String output) {
    return Golden.array(FOLDER, entry.path("outputs").path(output), "file").ints();
  }

  static long[] shape(JsonNode node) {
    long[] values = new long[node.path("shape").size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.path("shape").get(i).asLong();
    }
    return values;
  }

  static Tensor tensor(float[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** The images of an entry: blocks of equal pixels by formula. */
  static List<Tensor> images(JsonNode entry) {
    FormulaWeights formula = new FormulaWeights(entry);
    List<Tensor> images = new ArrayList<>();
    for (JsonNode image : entry.path("images")) {
      long[] shape = shape(image);
      int block = image.path("block").asInt(1);
      int rows = (int) ((shape[1] + block - 1) / block);
      int columns = (int) ((shape[2] + block - 1) / block);
      float[] coarse =
          StepTensors.floats(formula.input(image.path("formula").asText(), 3, rows, columns));
      float[] pixels = new float[(int) (3 * shape[1] * shape[2])];
      int at = 0;
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < shape[1]; y++) {
          for (int x = 0; x < shape[2]; x++) {
            pixels[at++] = (coarse[(c * rows + y / block) * columns + x / block] + 1) / 2;
          }
        }
      }
      images.add(tensor(pixels, shape));
    }
    return images;
  }

  /** Compares all values or every so many, and the norm. */
  static void assertEqual(JsonNode entry, String output, Tensor got, double tolerance) {
    JsonNode expected = entry.path("outputs").path(output);
    assertThat(got.shape()).as(output).containsExactly(shape(expected));
    assertEqual(entry, output, StepTensors.floats(got), tolerance);
  }

  static void assertEqual(JsonNode entry, String output, float[] got, double tolerance) {
    JsonNode expected = entry.path("outputs").path(output);
    boolean sampled = expected.has("sampleFile");
    float[] values = Golden.array(FOLDER, expected, sampled ? "sampleFile" : "file").floats();
    if (!sampled) {
      assertThat(got).as(output).hasSameSizeAs(values);
    }
    double norm = 0;
    for (float value : got) {
      norm += (double) value * value;
    }
    double square = 0;
    double difference = 0;
    for (int i = 0; i < values.length; i++) {
      square += (double) values[i] * values[i];
      difference +=
          Math.pow((double) got[(int) ((long) i * got.length / values.length)] - values[i], 2);
    }
    assertThat(Math.sqrt(difference)).as(output).isLessThanOrEqualTo(tolerance * Math.sqrt(square));
    if (expected.has("norm")) {
      assertThat(Math.sqrt(norm))
          .as("norm of " + output)
          .isCloseTo(
              expected.path("norm").asDouble(),
              offset(tolerance * expected.path("norm").asDouble()));
    }
  }
}

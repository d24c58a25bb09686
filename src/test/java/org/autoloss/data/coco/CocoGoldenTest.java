package org.autoloss.data.coco;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files, as pycocotools reads and measures them. */
class CocoGoldenTest {
  // numpy's exp need not have Java's bits; all else has.
  private static final double EXPONENTIALS = 1e-12;

  @TempDir Path folder;

  static Stream<JsonNode> entries() {
    return Golden.entries("coco").stream();
  }

  @ParameterizedTest
  @MethodSource("entries")
  void values_ofFiles_arePycocotools(JsonNode entry) {
    CocoType type = CocoType.of(entry.path("type").asText());
    CocoFile truth = CocoFile.read(Golden.file("coco", "generated.json"), EnumSet.of(type));
    List<Detection> found =
        CocoResultFile.read(Golden.file("coco", entry.path("detections").asText()), truth, type);
    check(entry, type, truth, found);
  }

  @ParameterizedTest
  @MethodSource("entries")
  void results_writtenAndReadBack_areTheSame(JsonNode entry) throws IOException {
    CocoType type = CocoType.of(entry.path("type").asText());
    boolean mixed = entry.path("detections").asText().contains("with_boxes");
    boolean outlines = type == CocoType.SEGM && entry.path("name").asText().startsWith("boxes");
    if (mixed || outlines || entry.path("name").asText().equals("masks/bbox")) {
      return; // areas are of boxes, or boxes of masks; written without
    }
    CocoFile truth = CocoFile.read(Golden.file("coco", "generated.json"), EnumSet.of(type));
    Path file = folder.resolve("results.json");
    CocoResultFile.write(
        file,
        CocoResultFile.read(Golden.file("coco", entry.path("detections").asText()), truth, type),
        type);
    check(entry, type, truth, CocoResultFile.read(file, truth, type));
  }

  private static void check(JsonNode entry, CocoType type, CocoFile truth, List<Detection> found) {
    Map<CocoMetric, Double> values =
        new CocoEvaluator(CocoSettings.of(type))
            .evaluate(truth.imageIds(), truth.categoryIds(), truth.objects(), found)
            .values();
    assertThat(values.keySet().stream().map(CocoMetric::label))
        .containsExactlyElementsOf(() -> entry.path("stats").fieldNames());
    values.forEach(
        (metric, value) ->
            assertThat(value)
                .as(entry.path("name").asText() + " " + metric)
                .isCloseTo(
                    entry.path("stats").path(metric.label()).asDouble(),
                    within(type == CocoType.KEYPOINTS ? EXPONENTIALS : 0.0)));
  }
}

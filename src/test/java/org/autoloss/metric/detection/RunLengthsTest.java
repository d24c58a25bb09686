package org.autoloss.metric.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.Fuzz;
import org.autoloss.Golden;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;

/** Masks against pycocotools', pixel by pixel. */
class RunLengthsTest {
  @Test
  void masks_ofPolygonsAndPixels_arePycocotools() {
    int cases = 0;
    for (JsonNode each :
        Json.read(Golden.file("coco", "masks_index.json"), "a list of reference masks")) {
      int height = each.path("size").get(0).asInt();
      int width = each.path("size").get(1).asInt();
      List<double[]> polygons = new ArrayList<>();
      each.path("polygons").forEach(polygon -> polygons.add(Golden.doubles(polygon)));
      List<RunLengths> parts = new ArrayList<>();
      for (int i = 0; i < polygons.size(); i++) {
        parts.add(PolygonRaster.runs(polygons.get(i), height, width));
        assertThat(parts.get(i).text()).isEqualTo(each.path("parts").get(i).asText());
        assertThat(RunLengths.parse(height, width, parts.get(i).text())).isEqualTo(parts.get(i));
      }
      RunLengths union = new Polygons(polygons).runs(height, width);
      assertThat(union.text()).isEqualTo(each.path("union").asText());
      assertThat(RunLengths.intersection(parts).text())
          .isEqualTo(each.path("intersection").asText());
      assertThat(union.area()).isEqualTo(each.path("area").asInt());
      assertThat(union.bounds()).isEqualTo(box(each.path("bounds")));
      byte[] pixels = new byte[height * width];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) (each.path("pixels").asText().charAt(i) - '0');
      }
      RunLengths mask = RunLengths.encode(height, width, pixels);
      assertThat(mask.text()).isEqualTo(each.path("counts").asText());
      assertThat(mask.decode()).isEqualTo(pixels);
      assertThat(mask.bounds()).isEqualTo(box(each.path("boundsOfPixels")));
      // pycocotools compares bounds first, which changes nothing
      assertThat(union.iou(mask, false)).isEqualTo(each.path("iou").asDouble());
      assertThat(union.iou(mask, true)).isEqualTo(each.path("iouCrowd").asDouble());
      cases++;
    }
    assertThat(cases).isEqualTo(60);
  }

  private static Box box(JsonNode sides) {
    double[] b = Golden.doubles(sides);
    return new Box(b[0], b[1], b[2], b[3]);
  }

  @Test
  void text_ofLongRuns_isReadBack() {
    RandomGenerator random = RandomStreams.stream(9);
    for (int i = 0; i < 200; i++) {
      int[] counts = random.ints(1 + random.nextInt(9), 0, 1 << random.nextInt(24)).toArray();
      int sum = 0;
      for (int each : counts) {
        sum += each;
      }
      RunLengths mask = RunLengths.of(1, sum, counts);
      assertThat(RunLengths.parse(1, sum, mask.text()).counts()).isEqualTo(counts);
    }
  }

  @Test
  void encode_partOfAnImage_isTheSameAsOfTheWhole() {
    RandomGenerator random = RandomStreams.stream(11);
    for (int i = 0; i < 200; i++) {
      int height = 1 + random.nextInt(9);
      int width = 1 + random.nextInt(9);
      int left = random.nextInt(width);
      int top = random.nextInt(height);
      int columns = random.nextInt(width - left + 1);
      int rows = columns == 0 ? 0 : random.nextInt(height - top + 1);
      byte[] part = new byte[rows * columns];
      byte[] whole = new byte[height * width];
      for (int k = 0; k < part.length; k++) {
        part[k] = (byte) (random.nextInt(4) == 0 ? 0 : 1); // columns that are full, too
        whole[(top + k / columns) * width + left + k % columns] = part[k];
      }
      assertThat(RunLengths.encode(height, width, left, top, columns, part))
          .isEqualTo(RunLengths.encode(height, width, whole));
    }
    assertThatThrownBy(() -> RunLengths.encode(4, 4, 3, 0, 2, new byte[4]))
        .hasMessage(
            "part: expected one in 4x4 pixels, got 4 pixels in 2 columns from row 0 and column 3");
  }

  @Test
  void runs_thatDoNotFit_areRefused() {
    assertThatThrownBy(() -> RunLengths.of(2, 3, 5))
        .hasMessage("counts: expected runs of 6 pixels, as the size is 2x3, got 5");
    assertThatThrownBy(() -> RunLengths.of(2, 3, 7, -1))
        .hasMessage("counts: expected runs of 0 or more, got -1");
    assertThatThrownBy(() -> RunLengths.of(1 << 20, 1 << 20))
        .hasMessageStartingWith("size: expected height and width");
    assertThatThrownBy(() -> RunLengths.of(2, 3, 6).iou(RunLengths.of(3, 2, 6), false))
        .hasMessage("mask: expected one of 2x3, got 3x2");
    assertThatThrownBy(() -> RunLengths.of(2, 3, 6).runs(4, 4))
        .hasMessage("segmentation: expected runs of the image's size, 4x4, got 2x3");
    assertThatThrownBy(() -> RunLengths.encode(2, 2, new byte[3]))
        .hasMessage("pixels: expected 4, got 3");
    assertThatThrownBy(() -> new Polygons(List.of(new double[] {1, 2, 3})))
        .hasMessage("polygon: expected x and y of three corners or more, got 3 numbers");
    assertThatThrownBy(() -> new Polygons(List.of(new double[] {1, 2, 3, Double.NaN, 1, 1, 2, 2})))
        .hasMessageStartingWith("polygon: expected coordinates within 100,000 pixels");
  }

  @Test
  void text_damaged_isRefusedOrFills() {
    String whole = RunLengths.of(20, 30, 5, 3, 17, 200, 301, 60, 14).text();
    Fuzz.run(
        41,
        input -> {
          RunLengths mask = RunLengths.parse(20, 30, Fuzz.text(input));
          assertThat(mask.decode()).hasSize(600);
        },
        whole);
  }
}

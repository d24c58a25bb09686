package org.autoloss.data.pose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.Golden;
import org.autoloss.data.Extent;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;

/** Targets and their decoding, against mmpose's and against each other. */
class HeatMapsTest {
  private static final String FOLDER = "poses";
  private static final Extent MAP = new Extent(64, 48);

  private static JsonNode entry(String name) {
    return Golden.entries(FOLDER).stream()
        .filter(each -> each.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void peak_mapsOfMmpose_areItsCoordinates() {
    JsonNode entry = entry("decode");
    int maps = entry.path("maps").asInt();
    HeatMaps given = HeatMaps.of(1, maps, MAP, Golden.array(FOLDER, entry, "heatmaps").floats());
    for (int k = 0; k < maps; k++) {
      HeatMaps.Peak peak = given.peak(k);
      assertThat(peak.x()).as("map " + k).isEqualTo(number(entry, "coordinates", k, 0));
      assertThat(peak.y()).as("map " + k).isEqualTo(number(entry, "coordinates", k, 1));
      assertThat(peak.value()).isEqualTo(entry.path("scores").get(k).asDouble());
    }
  }

  private static double number(JsonNode entry, String field, int row, int column) {
    return entry.path(field).get(row).get(column).asDouble();
  }

  @Test
  void draw_pointsOfMmpose_areItsTargetsAndWeights() {
    JsonNode entry = entry("target");
    int points = entry.path("points").size();
    HeatMaps drawn = HeatMaps.empty(1, points, MAP);
    for (int k = 0; k < points; k++) {
      if (entry.path("visible").get(k).asInt() > 0) {
        double x = number(entry, "points", k, 0);
        double y = number(entry, "points", k, 1);
        drawn.drawInPlace(k, x, y, entry.path("sigma").asDouble());
      }
    }
    float[] stored = Golden.array(FOLDER, entry, "heatmaps").floats();
    for (int k = 0; k < points; k++) {
      assertThat(drawn.present()[k]).as("map " + k).isEqualTo(weight(entry, k));
      double sum = 0;
      for (int i = 0; i < MAP.pixels(); i++) {
        sum += drawn.values()[k * MAP.pixels() + i];
      }
      // float32 exponentials on both sides
      assertThat(sum).isCloseTo(entry.path("sums").get(k).asDouble(), within(1e-5));
    }
    for (int m = 0; m < entry.path("stored").size(); m++) {
      int from = entry.path("stored").get(m).asInt() * MAP.pixels();
      for (int i = 0; i < MAP.pixels(); i++) {
        assertThat((double) drawn.values()[from + i])
            .isCloseTo(stored[m * MAP.pixels() + i], within(1e-7));
      }
    }
  }

  private static float weight(JsonNode entry, int k) {
    return entry.path("weights").get(k).asInt();
  }

  @Test
  void peak_ofWhatIsDrawn_isTheNearestPixel() {
    RandomGenerator random = RandomStreams.stream(1);
    for (int i = 0; i < 50; i++) {
      HeatMaps maps = HeatMaps.empty(2, 3, new Extent(16, 12));
      double x = random.nextDouble(0, 11);
      double y = random.nextDouble(0, 15);
      maps.drawInPlace(4, x, y, 1.5);
      HeatMaps.Peak peak = maps.peak(4);
      assertThat(peak.x()).isCloseTo(x, within(0.5 + 1e-9)); // neighbours are equal: no shift
      assertThat(peak.y()).isCloseTo(y, within(0.5 + 1e-9));
      assertThat(peak.value()).isEqualTo(1);
      assertThat(maps.present()).containsExactly(0, 0, 0, 0, 1, 0);
      assertThat(maps.peak(3)).isEqualTo(new HeatMaps.Peak(-1, -1, 0));
    }
  }

  /** What a perfect network gives for a mirrored input is, mirrored back, what it gives for it. */
  @Test
  void mirrored_mapsOfAMirroredInput_areThoseOfTheInput() {
    Extent map = new Extent(16, 12);
    int stride = 4;
    List<Integer> mirror = List.of(0, 2, 1);
    RandomGenerator random = RandomStreams.stream(2);
    for (int i = 0; i < 50; i++) {
      HeatMaps straight = HeatMaps.empty(1, 3, map);
      HeatMaps flipped = HeatMaps.empty(1, 3, map);
      for (int k = 0; k < 3; k++) {
        double x = random.nextDouble(20, 28); // no bump at an edge
        double y = random.nextDouble(8, 56);
        straight.drawInPlace(k, x / stride, y / stride, 1);
        double other = map.width() * stride - x;
        flipped.drawInPlace(mirror.get(k), other / stride, y / stride, 1);
      }
      HeatMaps back = flipped.mirrored(mirror);
      for (int k = 0; k < 3; k++) {
        assertThat(back.peak(k)).isEqualTo(straight.peak(k));
      }
      assertThat(straight.mean(back).values()).containsExactly(straight.values());
    }
  }

  @Test
  void mirrored_firstColumn_isDoubled() {
    HeatMaps maps = HeatMaps.of(1, 1, new Extent(1, 4), new float[] {1, 2, 3, 4});
    assertThat(maps.mirrored(List.of(0)).values()).containsExactly(4, 4, 3, 2);
  }

  @Test
  void undefined_valuesThatAreNotFinite_areCounted() {
    float[] values = {1, Float.NaN, Float.POSITIVE_INFINITY, 0};
    assertThat(HeatMaps.of(1, 1, new Extent(2, 2), values).undefined()).isEqualTo(2);
  }
}

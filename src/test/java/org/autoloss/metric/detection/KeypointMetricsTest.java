package org.autoloss.metric.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.Golden;
import org.junit.jupiter.api.Test;

/** OKS against COCO's values, PCK against counts by hand. */
class KeypointMetricsTest {
  // numpy's exp need not have Java's bits
  private static final double EXPONENTIALS = 1e-12;

  @Test
  void similarity_casesOfCoco_haveItsValues() {
    JsonNode entry =
        Golden.entries("poses").stream()
            .filter(each -> each.path("name").asText().equals("oks"))
            .findFirst()
            .orElseThrow();
    List<Double> sigmas = new ArrayList<>();
    entry.path("sigmas").forEach(sigma -> sigmas.add(sigma.asDouble()));
    assertThat(sigmas).isEqualTo(KeypointSimilarity.COCO.sigmas());
    assertThat(entry.path("cases")).isNotEmpty();
    for (JsonNode each : entry.path("cases")) {
      double[] box = Golden.doubles(each.path("box"));
      double value =
          new KeypointSimilarity(sigmas)
              .of(
                  keypoints(each.path("dt")),
                  keypoints(each.path("gt")),
                  new Box(box[0], box[1], box[2], box[3]),
                  each.path("area").asDouble());
      assertThat(value).isCloseTo(each.path("oks").asDouble(), within(EXPONENTIALS));
    }
  }

  private static Keypoints keypoints(JsonNode triples) {
    double[] values = new double[3 * triples.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = triples.get(i / 3).get(i % 3).asDouble();
    }
    return new Keypoints(values);
  }

  @Test
  void pck_distances_countWithinAPartOfTheLongerSide() {
    Box box = new Box(0, 0, 40, 100); // PCK within 20 pixels, PCK05 within 5
    Keypoints truth = new Keypoints(new double[] {10, 10, 2, 20, 20, 1, 30, 30, 0});
    FoundPoints counts = new FoundPoints(3);
    counts.add(new Keypoints(new double[] {13, 14, 0, 20, 40, 0, 0, 0, 0}), truth, box);
    counts.add(new Keypoints(new double[] {10, 15.1, 0, 20, 40.1, 0, 30, 30, 0}), truth, box);
    assertThat(counts.byPoint(PckMetric.PCK)).containsExactly(1, 0.5, Double.NaN);
    assertThat(counts.byPoint(PckMetric.PCK05)).containsExactly(0.5, 0, Double.NaN);
    assertThat(counts.mean(PckMetric.PCK)).isEqualTo(0.75);
    assertThat(counts.mean(PckMetric.PCK05)).isEqualTo(0.25);
    assertThat(new FoundPoints(2).mean(PckMetric.PCK)).isNaN();
  }
}

package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;

class ComparisonTableTest {
  private static final ComparisonTable TABLE = table();

  @Test
  void standardError_threeSeeds_isDeviationOverRootN() {
    assertThat(TABLE.mean("ce", "mIoU")).isCloseTo(0.5, within(1e-12));
    // Values 0.4, 0.5, 0.6: s = 0.1, s / sqrt(3) = 0.0577.
    assertThat(TABLE.standardError("ce", "mIoU")).isCloseTo(0.1 / Math.sqrt(3), within(1e-12));
  }

  @Test
  void mean_goal_weighsTheMetrics() {
    assertThat(TABLE.mean("one", ObjectiveMetric.parse("3*mIoU+mAcc", SegmentationMetric.all())))
        .isCloseTo(0.875, within(1e-12));
  }

  @Test
  void toMarkdown_rows_keepTheirOrder() {
    assertThat(TABLE.toMarkdown())
        .isEqualTo(
            """
            | loss |     mIoU      |     mAcc      |
            | ---- | ------------- | ------------- |
            | ce   | 50.00 ± 5.77  | 20.00 ± 0.00  |
            | one  |     90.00     |     80.00     |
            """);
  }

  @Test
  void toJson_oneSeed_hasNoStandardError() {
    assertThat(TABLE.toJson().at("/one/mIoU").toString())
        .isEqualTo("{\"mean\":0.9,\"standardError\":null,\"seeds\":[0.9]}");
    assertThat(TABLE.toJson().at("/ce/mIoU/seeds")).hasSize(3);
  }

  private static ComparisonTable table() {
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    rows.put("ce", List.of(row(0.4, 0.2), row(0.5, 0.2), row(0.6, 0.2)));
    rows.put("one", List.of(row(0.9, 0.8)));
    return new ComparisonTable(List.of("mIoU", "mAcc"), rows);
  }

  private static Map<String, Double> row(double miou, double macc) {
    return Map.of("mIoU", miou, "mAcc", macc);
  }
}

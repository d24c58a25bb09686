package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;

class StandingTest {
  private static Standing standing(double crossEntropy, double published, double found) {
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    rows.put("cross entropy", List.of(Map.of("mIoU", crossEntropy)));
    rows.put("published asl:mIoU", List.of(Map.of("mIoU", published)));
    rows.put("searched", List.of(Map.of("mIoU", found)));
    return new Standing(
        ObjectiveMetric.of(SegmentationMetric.MIOU), new ComparisonTable(List.of("mIoU"), rows));
  }

  @Test
  void warning_betterThanAll_isEmpty() {
    Standing best = standing(0.1, 0.2, 0.3);
    assertThat(best.warning()).isEmpty();
    assertThat(best.toMarkdown()).isEqualTo(best.table().toMarkdown());
    assertThat(best.toJson()).hasToString("{\"cross entropy\":true,\"published asl:mIoU\":true}");
  }

  @Test
  void warning_notBetterThanOne_namesItWithTheFigures() {
    Standing second = standing(0.1, 0.3, 0.2);
    assertThat(second.warning())
        .isEqualTo(
            "The searched loss does not beat published asl:mIoU on the test split: its mIoU is"
                + " 20.00 %, that of published asl:mIoU 30.00 %.");
    assertThat(second.toMarkdown()).endsWith("\n\n" + second.warning() + "\n");
    assertThat(second.toJson())
        .hasToString("{\"cross entropy\":true,\"published asl:mIoU\":false}");
  }

  @Test
  void warning_equalsOfAll_areNotBeaten() {
    assertThat(standing(0.2, 0.2, 0.2).unbeaten())
        .containsExactly("cross entropy", "published asl:mIoU");
  }
}

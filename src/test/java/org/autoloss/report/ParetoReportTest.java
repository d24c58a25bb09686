package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParetoReportTest {
  private static final ParetoReport REPORT =
      ParetoReport.of(
          ObjectiveMetric.parse("mIoU+BF1", SegmentationMetric.all()),
          List.of(
              proxy("step 0 sample 0", 0.3, 0.4),
              proxy("step 0 sample 1", 0.35, 0.3),
              proxy("step 0 sample 2", 0.25, 0.39),
              new ParetoReport.Proxy("step 1 sample 0", Map.of("mIoU", 0.9), "{}")));

  @TempDir private Path folder;

  @Test
  void toMarkdown_hasTheFrontAlone() {
    assertThat(REPORT.toMarkdown())
        .isEqualTo(
            """
            | proxy | mIoU | BF1 | loss |
            | --- | --- | --- | --- |
            | step 0 sample 1 | 35.00 | 30.00 | pareto/step-0-sample-1.json |
            | step 0 sample 0 | 30.00 | 40.00 | pareto/step-0-sample-0.json |
            """);
  }

  @Test
  void toCsv_hasAllAndLeavesTheUndefinedEmpty() {
    assertThat(REPORT.toCsv())
        .isEqualTo(
            """
            proxy,front,BF1,mIoU
            step 0 sample 0,1,0.4,0.3
            step 0 sample 1,1,0.3,0.35
            step 0 sample 2,0,0.39,0.25
            step 1 sample 0,0,,0.9
            """);
  }

  @Test
  void toJson_namesMetricsAndLosses() {
    assertThat(REPORT.toJson().at("/front/1").toString())
        .isEqualTo(
            "{\"proxy\":\"step 0 sample 0\",\"loss\":\"pareto/step-0-sample-0.json\","
                + "\"metrics\":{\"BF1\":0.4,\"mIoU\":0.3}}");
  }

  @Test
  void picture_withAnUndefinedMetric_isDrawn() throws Exception {
    REPORT.picture().write(folder.resolve("pareto.png"));
    assertThat(folder.resolve("pareto.png")).isNotEmptyFile();
  }

  private static ParetoReport.Proxy proxy(String name, double miou, double bf1) {
    return new ParetoReport.Proxy(name, new TreeMap<>(Map.of("mIoU", miou, "BF1", bf1)), "{}");
  }
}

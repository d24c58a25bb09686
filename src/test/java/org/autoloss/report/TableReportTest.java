package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableReportTest {
  private static final TableReport REPORT = report();

  @Test
  void mark_differencesAroundTheError_tellsBestWithinAndBelow() {
    // standard errors 0.0577 and 0.0577: the difference of 0.05 is within 0.0816, 0.4 is not
    assertThat(REPORT.mark("a", "mIoU")).isEqualTo(TableReport.Mark.BEST);
    assertThat(REPORT.mark("b", "mIoU")).isEqualTo(TableReport.Mark.WITHIN_ERROR);
    assertThat(REPORT.mark("c", "mIoU")).isEqualTo(TableReport.Mark.BELOW);
  }

  @Test
  void toMarkdown_rows_marksTheBestAndWhatIsWithinItsError() {
    assertThat(REPORT.toMarkdown())
        .isEqualTo(
            """
            | loss | mIoU |
            | :--- | ---: |
            | a | **50.00 ± 5.77** |
            | b | *45.00 ± 5.77* |
            | c | 10.00 ± 0.00 |
            """);
  }

  @Test
  void toCsv_rows_haveFullPrecisionAndMarks() {
    assertThat(REPORT.toCsv().lines())
        .hasSize(4)
        .contains("loss,metric,mean,standard_error,seeds,mark")
        .anyMatch(line -> line.startsWith("c,mIoU,0.1") && line.endsWith(",3,below"));
  }

  @Test
  void toMarkdownAndToCsv_nameWithBreaksMarkupOrAFormula_keepsTheTablesForm() {
    String name = "-2+3\n| a |<script>";
    TableReport report =
        new TableReport(
            new ComparisonTable(List.of("mIoU"), Map.of(name, List.of(row(0.4), row(0.6)))));
    assertThat(report.toMarkdown().lines().skip(2))
        .containsExactly("| -2+3 \\| a \\|&lt;script&gt; | **50.00 ± 10.00** |");
    assertThat(report.table().toMarkdown().lines().skip(2))
        .singleElement()
        .asString()
        .startsWith("| -2+3 \\| a \\|&lt;script&gt; | 50.00");
    assertThat(report.toCsv()).contains("\n\"'-2+3\n| a |<script>\",mIoU,0.5,");
  }

  private static TableReport report() {
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    rows.put("a", List.of(row(0.4), row(0.5), row(0.6)));
    rows.put("b", List.of(row(0.35), row(0.45), row(0.55)));
    rows.put("c", List.of(row(0.1), row(0.1), row(0.1)));
    return new TableReport(new ComparisonTable(List.of("mIoU"), rows));
  }

  private static Map<String, Double> row(double miou) {
    return Map.of("mIoU", miou);
  }
}

package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Json;
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
            new ComparisonTable(List.of("mIoU"), Map.of(name, List.of(row(0.4), row(0.6)))),
            Race.NONE);
    assertThat(report.toMarkdown().lines().skip(2))
        .containsExactly("| -2+3 \\| a \\|&lt;script&gt; | **50.00 ± 10.00** |");
    assertThat(report.table().toMarkdown().lines().skip(2))
        .singleElement()
        .asString()
        .startsWith("| -2+3 \\| a \\|&lt;script&gt; | 50.00");
    assertThat(report.toCsv()).contains("\n\"'-2+3\n| a |<script>\",mIoU,0.5,");
  }

  private static TableReport raced() {
    Map<String, Race.Row> rows = new LinkedHashMap<>();
    rows.put("a", row(0.1, new Effort(6, 61.6), null));
    rows.put("b", row(0.2, new Effort(6, 60), null));
    rows.put("c", row(0.2, new Effort(6, 62), new Effort(9, 120)));
    return new TableReport(REPORT.table(), new Race(List.of(0.1, 0.2, 0.4), 400, rows));
  }

  private static Race.Row row(double rate, Effort table, Effort search) {
    return new Race.Row(Map.of("mIoU", choice(rate)), table, search);
  }

  private static Race.Choice choice(double rate) {
    return new Race.Choice(rate, List.of(0.5, 0.4, 0.3));
  }

  @Test
  void toMarkdown_race_hasRatesAndBudgetsAndNamesTheEdge() {
    assertThat(raced().toMarkdown())
        .startsWith(
            """
            | loss | mIoU | rate | trainings | seconds | search |
            | :--- | ---: | ---: | ---: | ---: | ---: |
            | a | **50.00 ± 5.77** | 0.1 | 6 | 62 | - |
            | b | *45.00 ± 5.77* | 0.2 | 6 | 60 | - |
            | c | 10.00 ± 0.00 | 0.2 | 6 | 62 | 9 trainings, 120 s |

            Each loss has its own learning rate, the best of 0.1, 0.2, 0.4 by mIoU on the reward\
             split, each tried with one seed for 400 steps.""")
        .endsWith("may suit the loss better: a (0.1).\n");
  }

  @Test
  void toCsvAndToJson_race_haveTheRate() {
    assertThat(raced().toCsv().lines())
        .contains(
            "loss,metric,mean,standard_error,seeds,mark,learning_rate,trainings,worker_seconds")
        .anyMatch(line -> line.startsWith("a,mIoU,0.5") && line.endsWith(",3,best,0.1,6,61.6"));
    assertThat(raced().race().toJson().at("/losses/a/atEdge").asBoolean()).isTrue();
    assertThat(raced().race().toJson().at("/losses/c/search/trainings").asInt()).isEqualTo(9);
  }

  @Test
  void race_aRateForEachColumn_saysWhichAndReadsThemAgain() {
    Map<String, Race.Choice> choices = new LinkedHashMap<>();
    choices.put("mIoU", choice(0.2));
    choices.put("BF1", choice(0.4));
    choices.put("BIoU", choice(0.2));
    Race.Row row = new Race.Row(choices, new Effort(9, 90), null);
    Race race = new Race(List.of(0.1, 0.2, 0.4), 400, Map.of("a", row));
    assertThat(race.cells("a")).startsWith("0.2 for mIoU and BIoU, 0.4 for BF1", "9");
    assertThat(race.notes())
        .anyMatch(
            note -> note.contains("in each column, the best of 0.1, 0.2, 0.4 by the column's"))
        .anyMatch(note -> note.endsWith("may suit the loss better: a (0.4 for BF1)."));
    assertThat(race.toJson().path("metric").asText()).isEqualTo("each");
    assertThat(Race.rates(race.toJson().at("/losses/a"), List.of("mIoU", "BF1", "BIoU")))
        .isEqualTo(Map.of("mIoU", 0.2, "BF1", 0.4, "BIoU", 0.2));
    assertThat(Race.rates(raced().race().toJson().at("/losses/b"), List.of("mIoU", "BF1")))
        .isEqualTo(Map.of("mIoU", 0.2, "BF1", 0.2));
    assertThat(Race.rates(Json.MAPPER.createObjectNode(), List.of("mIoU"))).isEmpty();
  }

  @Test
  void page_race_hasRatesAndMarksAndEscapesNames() throws IOException {
    ObjectNode none = Json.MAPPER.createObjectNode();
    String page = TablePage.of(raced(), none, none);
    assertThat(page)
        .contains("<th scope=\"col\">rate</th>", "<td class=\"best\">50.00 ± 5.77</td>")
        .contains("<td class=\"within\">45.00 ± 5.77</td>", "<td class=\"\">0.1</td>")
        .contains("prefers-color-scheme");
    Map<String, List<Map<String, Double>>> rows = Map.of("<b>", List.of(row(0.5)));
    TableReport odd = new TableReport(new ComparisonTable(List.of("mIoU"), rows), Race.NONE);
    assertThat(TablePage.of(odd, none, none)).contains("&lt;b&gt;").doesNotContain("<b>");
  }

  private static TableReport report() {
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    rows.put("a", List.of(row(0.4), row(0.5), row(0.6)));
    rows.put("b", List.of(row(0.35), row(0.45), row(0.55)));
    rows.put("c", List.of(row(0.1), row(0.1), row(0.1)));
    return new TableReport(new ComparisonTable(List.of("mIoU"), rows), Race.NONE);
  }

  private static Map<String, Double> row(double miou) {
    return Map.of("mIoU", miou);
  }
}

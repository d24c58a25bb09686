package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
  private static List<String> readBack(Object... cells) throws IOException {
    List<CSVRecord> lines = CSVFormat.RFC4180.parse(new StringReader(Csv.line(cells))).getRecords();
    assertThat(lines).hasSize(1);
    return lines.get(0).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "=HYPERLINK(\"http://x\")",
        "+1+1",
        "-2+3\n| a |",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "-",
        "--1"
      })
  void line_beginOfAFormula_isMadeText(String cell) throws IOException {
    assertThat(readBack("a", cell)).containsExactly("a", "'" + cell);
    assertThat(readBack(cell, "a")).containsExactly("'" + cell, "a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce", "0.5*ce+dice", "a,b", "say \"x\"", "a\nb", "'x", "[-1,2]", " =1"})
  void line_otherText_comesBackAsItIs(String cell) throws IOException {
    assertThat(readBack(cell, cell, 1)).containsExactly(cell, cell, "1");
  }

  @Test
  void line_numbers_stayAsTheyAre() {
    assertThat(Csv.line(-5, -0.25, -1e-7, "-1.5e-3", "+2", Long.MIN_VALUE))
        .isEqualTo("-5,-0.25,-1.0E-7,-1.5e-3,+2,-9223372036854775808\n");
  }

  @Test
  void line_null_isAnEmptyCell() {
    List<Object> cells = new ArrayList<>(Arrays.asList("a", null, 1, null));
    assertThat(Csv.line(cells.toArray())).isEqualTo("a,,1,\n");
  }
}

package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table of losses against metrics as one HTML file that opens offline. */
public final class TablePage {
  private TablePage() {}

  /**
   * Makes the page.
   *
   * @param report the table
   * @param configuration all that its results depend on
   * @param versions of what computed them
   * @return the file's text
   * @throws IOException if a template cannot be read
   */
  public static String of(TableReport report, ObjectNode configuration, ObjectNode versions)
      throws IOException {
    List<String> columns = new ArrayList<>(report.table().metrics());
    columns.addAll(report.race().headings());
    List<Map<String, Object>> rows =
        report.table().rows().keySet().stream()
            .map(loss -> Map.of("name", loss, "cells", cells(report, loss)))
            .toList();
    List<Map<String, Object>> facts = new ArrayList<>();
    versions
        .properties()
        .forEach(each -> facts.add(RunReport.fact(each.getKey(), each.getValue().asText())));
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("columns", columns);
    page.put("rows", rows);
    page.put("notes", report.race().notes());
    page.put("versions", facts);
    page.put("configuration", configuration.toPrettyString());
    return Page.fill("table.html", page);
  }

  private static List<Map<String, String>> cells(TableReport report, String loss) {
    List<Map<String, String>> cells = new ArrayList<>();
    for (String metric : report.table().metrics()) {
      cells.add(cell(report.value(loss, metric), style(report.mark(loss, metric))));
    }
    report.race().cells(loss).forEach(text -> cells.add(cell(text, "")));
    return cells;
  }

  private static Map<String, String> cell(String text, String mark) {
    return Map.of("text", text, "mark", mark);
  }

  private static String style(TableReport.Mark mark) {
    return switch (mark) {
      case BEST -> "best";
      case WITHIN_ERROR -> "within";
      case BELOW -> "";
    };
  }
}

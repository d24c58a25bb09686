package org.autoloss.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Display;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;

/** What each class has of the metrics that are made of classes. */
final class ClassTable {
  private ClassTable() {}

  /**
   * Prints a line for each class, a column for each metric, in percent; nothing without classes.
   */
  static void print(Evaluation evaluation, PrintWriter out) {
    Map<Metric, Map<String, Double>> byMetric = evaluation.namedClasses();
    List<String> names =
        byMetric.values().stream().flatMap(each -> each.keySet().stream()).distinct().toList();
    if (names.isEmpty()) {
      return;
    }
    TextTable table = new TextTable();
    List<String> header = new ArrayList<>(List.of("class"));
    byMetric.keySet().forEach(metric -> header.add(metric.label()));
    table.row(header.toArray(String[]::new));
    for (String name : names) {
      List<String> cells = new ArrayList<>(List.of(name));
      byMetric.values().forEach(each -> cells.add(cell(each.get(name))));
      table.row(cells.toArray(String[]::new));
    }
    out.print("\n" + table);
  }

  private static String cell(Double value) {
    return value == null ? "-" : Display.percent(value);
  }
}

package org.autoloss.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.autoloss.internal.Display;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;
import org.autoloss.run.AslExperiment;
import org.autoloss.run.ComparisonTable;
import org.autoloss.run.Standing;
import org.autoloss.run.journal.Entry;

/** The final table. */
final class ComparisonSection {
  private final ComparisonTable table;

  private ComparisonSection(ComparisonTable table) {
    this.table = table;
  }

  static ComparisonSection of(List<Entry> trainings) {
    Map<String, List<Map<Metric, Double>>> rows = new LinkedHashMap<>();
    rows.put(AslExperiment.BASELINE, new ArrayList<>()); // first, whatever order the entries have
    for (Entry entry : trainings) {
      rows.computeIfAbsent(entry.name(), name -> new ArrayList<>())
          .add(ComparisonTable.cells(entry));
    }
    rows.values().removeIf(List::isEmpty);
    return new ComparisonSection(ComparisonTable.of(rows));
  }

  List<String> losses() {
    return List.copyOf(table.rows().keySet());
  }

  /** What mustache shows; false where there is nothing yet. */
  Object toMap(String metric) {
    if (table.rows().isEmpty()) {
      return false;
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String loss : losses()) {
      List<Map<String, Object>> cells = new ArrayList<>();
      for (Metric column : table.metrics()) {
        cells.add(Map.of("text", text(loss, column), "best", best(loss, column)));
      }
      rows.add(Map.of("name", loss, "cells", cells));
    }
    List<String> metrics = table.metrics().stream().map(Metric::label).toList();
    return Map.of("metrics", metrics, "rows", rows, "warning", warning(metric));
  }

  /** What mustache shows where the loss that was found is no gain; false where it is one. */
  private Object warning(String metric) {
    if (!losses().contains(AslExperiment.FOUND)) {
      return false;
    }
    String warning = new Standing(Goal.parse(metric), table).warning();
    return warning.isEmpty() ? false : warning;
  }

  /** The goal on the test split, of cross entropy and of what was found. */
  Optional<List<Map<String, Object>>> gain(String metric) {
    if (!losses().contains(AslExperiment.BASELINE) || !losses().contains(AslExperiment.FOUND)) {
      return Optional.empty();
    }
    Goal goal = Goal.parse(metric);
    return Optional.of(
        List.of(
            RunReport.fact(metric + ", searched", percent(AslExperiment.FOUND, goal)),
            RunReport.fact(metric + ", cross entropy", percent(AslExperiment.BASELINE, goal))));
  }

  private String percent(String loss, Goal goal) {
    return Display.percent(table.mean(loss, goal)) + " %";
  }

  private String text(String loss, Metric metric) {
    double error = table.standardError(loss, metric);
    String mean = Display.percent(table.mean(loss, metric));
    return Double.isNaN(error) ? mean : mean + " ± " + Display.percent(error);
  }

  private boolean best(String loss, Metric metric) {
    double mean = table.mean(loss, metric);
    return losses().stream().allMatch(other -> table.mean(other, metric) <= mean);
  }
}

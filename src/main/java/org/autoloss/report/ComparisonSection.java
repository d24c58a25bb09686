package org.autoloss.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.autoloss.internal.Display;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.TrialResult;
import org.autoloss.storage.Entry;

/** The final table. */
final class ComparisonSection {
  private static final List<String> BASELINES = List.of(Standing.CROSS_ENTROPY, Standing.BASELINE);

  private final ComparisonTable table;

  private ComparisonSection(ComparisonTable table) {
    this.table = table;
  }

  static ComparisonSection of(List<Entry> trainings) {
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    // first, whatever order the entries have
    BASELINES.forEach(baseline -> rows.put(baseline, new ArrayList<>()));
    for (Entry entry : trainings) {
      rows.computeIfAbsent(entry.name(), name -> new ArrayList<>()).add(entry.outcome().metrics());
    }
    rows.values().removeIf(List::isEmpty);
    // last, as in the run's table: workers do not finish in order
    Optional.ofNullable(rows.remove(Standing.FOUND))
        .ifPresent(found -> rows.put(Standing.FOUND, found));
    return new ComparisonSection(new ComparisonTable(columns(rows), rows));
  }

  private static List<String> columns(Map<String, List<Map<String, Double>>> rows) {
    return rows.values().stream()
        .flatMap(List::stream)
        .flatMap(seed -> seed.keySet().stream())
        .distinct()
        .filter(name -> !TrialResult.isOfClass(name))
        .toList();
  }

  /** The columns as metrics: a report knows them by their labels alone. */
  private static List<Metric> metrics(List<String> labels) {
    return labels.stream().<Metric>map(label -> () -> label).toList();
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
      for (String column : table.metrics()) {
        cells.add(Map.of("text", text(loss, column), "best", best(loss, column)));
      }
      rows.add(Map.of("name", loss, "cells", cells));
    }
    return Map.of("metrics", table.metrics(), "rows", rows, "warning", warning(metric));
  }

  /** What mustache shows where the loss that was found is no gain; false where it is one. */
  private Object warning(String metric) {
    if (!losses().contains(Standing.FOUND)) {
      return false;
    }
    String warning =
        new Standing(ObjectiveMetric.parse(metric, metrics(table.metrics())), table).warning();
    return warning.isEmpty() ? false : warning;
  }

  /** The objective on the test split, of the baseline and of what was found. */
  Optional<List<Map<String, Object>>> gain(String metric) {
    Optional<String> baseline = losses().stream().filter(BASELINES::contains).findFirst();
    if (baseline.isEmpty() || !losses().contains(Standing.FOUND)) {
      return Optional.empty();
    }
    ObjectiveMetric objective = ObjectiveMetric.parse(metric, metrics(table.metrics()));
    return Optional.of(
        List.of(
            RunReport.fact(metric + ", searched", percent(Standing.FOUND, objective)),
            RunReport.fact(metric + ", " + baseline.get(), percent(baseline.get(), objective))));
  }

  private String percent(String loss, ObjectiveMetric objective) {
    return Display.percent(table.mean(loss, objective)) + " %";
  }

  private String text(String loss, String metric) {
    double error = table.standardError(loss, metric);
    String mean = Display.percent(table.mean(loss, metric));
    return Double.isNaN(error) ? mean : mean + " ± " + Display.percent(error);
  }

  private boolean best(String loss, String metric) {
    double mean = table.mean(loss, metric);
    return losses().stream().allMatch(other -> table.mean(other, metric) <= mean);
  }
}

package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.TrialResult;

/**
 * Losses against metrics, over several seeds. A cell is the mean over the seeds and its standard
 * error {@code s / sqrt(n)}, s with the divisor n-1; the error is NaN with one seed.
 *
 * @param metrics the columns, by the metrics' labels
 * @param rows by a loss's name, in order: the metrics of each seed, and what each class has of them
 *     ({@link TrialResult#ofClass}); a metric that is missing counts as 0, as of a training that
 *     met NaN
 */
public record ComparisonTable(List<String> metrics, Map<String, List<Map<String, Double>>> rows) {
  private static final int CELL = 13;

  /** Copies both. */
  public ComparisonTable {
    metrics = List.copyOf(metrics);
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }

  /**
   * A table whose columns are those metrics that a row has.
   *
   * @param rows by a loss's name, in order
   * @param metrics the columns that there may be, in order
   * @return the table
   */
  public static ComparisonTable of(
      Map<String, List<Map<String, Double>>> rows, List<? extends Metric> metrics) {
    return new ComparisonTable(
        metrics.stream()
            .map(Metric::label)
            .filter(
                label ->
                    rows.values().stream()
                        .anyMatch(seeds -> seeds.stream().anyMatch(s -> s.containsKey(label))))
            .toList(),
        rows);
  }

  /**
   * This table and another one of the same losses as one: all trainings of a loss are its row.
   *
   * @param other whose rows have the same names
   * @return a new table with this one's columns
   */
  public ComparisonTable and(ComparisonTable other) {
    Map<String, List<Map<String, Double>>> all = new LinkedHashMap<>();
    rows.forEach(
        (name, trainings) ->
            all.put(
                name, Stream.concat(trainings.stream(), other.rows.get(name).stream()).toList()));
    return new ComparisonTable(metrics, all);
  }

  /**
   * Whether a training of a loss is complete.
   *
   * @param loss a row's name
   * @return false if all of them met NaN or infinity
   */
  public boolean hasTrained(String loss) {
    return rows.get(loss).stream().anyMatch(seed -> !seed.isEmpty());
  }

  /**
   * The mean over the seeds.
   *
   * @param loss a row's name
   * @param metric a column
   * @return in [0,1]
   */
  public double mean(String loss, String metric) {
    return Arrays.stream(values(loss, metric)).average().orElse(Double.NaN);
  }

  /**
   * An objective, at the means over the seeds.
   *
   * @param loss a row's name
   * @param objective of metrics that are columns
   * @return in [0,1]
   */
  public double mean(String loss, ObjectiveMetric objective) {
    return objective.mean(metric -> mean(loss, metric.label()));
  }

  /**
   * An objective on a split that was measured beside the table's own.
   *
   * @param split its label
   * @param loss a row's name
   * @param objective of metrics that are columns
   * @return the objective of the means over the seeds, in [0,1]
   */
  public double meanOn(String split, String loss, ObjectiveMetric objective) {
    return objective.mean(metric -> mean(loss, TrialResult.onSplit(metric.label(), split)));
  }

  /**
   * The standard error of the mean.
   *
   * @param loss a row's name
   * @param metric a column
   * @return 0 or more; NaN with one seed
   */
  public double standardError(String loss, String metric) {
    return standardError(values(loss, metric));
  }

  private static double standardError(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double square = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(square / (values.length - 1) / values.length);
  }

  /**
   * The standard error of the difference between two losses, seed by seed: what a seed does to both
   * is not counted.
   *
   * @param loss a row's name
   * @param other another row's, with as many seeds
   * @param objective of metrics that are columns
   * @return 0 or more; NaN with one seed
   */
  public double errorOfDifference(String loss, String other, ObjectiveMetric objective) {
    int seeds = rows.get(loss).size();
    double[] differences = new double[seeds];
    for (int i = 0; i < seeds; i++) {
      int seed = i;
      differences[i] =
          objective.mean(
              metric -> values(loss, metric.label())[seed] - values(other, metric.label())[seed]);
    }
    return standardError(differences);
  }

  /**
   * The table in Markdown, in percent.
   *
   * @return lines, each ended by a line feed
   */
  public String toMarkdown() {
    int width =
        rows.keySet().stream()
            .mapToInt(loss -> Display.markdown(loss).length())
            .reduce("loss".length(), Math::max);
    StringBuilder text = new StringBuilder();
    line(text, width, "loss", metrics.stream().map(m -> center(m)).toList());
    line(text, width, "-".repeat(width), metrics.stream().map(m -> "-".repeat(CELL)).toList());
    for (String loss : rows.keySet()) {
      line(text, width, Display.markdown(loss), metrics.stream().map(m -> cell(loss, m)).toList());
    }
    return text.toString();
  }

  /**
   * What the classes have of a metric: of each loss, the mean over the seeds in which a class has a
   * value.
   *
   * @param metric a column
   * @return by the class's name and the loss's; empty if it is not made of classes
   */
  public Map<String, Map<String, Double>> byClass(String metric) {
    String prefix = TrialResult.ofClass(metric, "");
    Map<String, Map<String, Double>> classes = new LinkedHashMap<>();
    rows.forEach(
        (loss, seeds) ->
            seeds.stream()
                .flatMap(seed -> seed.keySet().stream())
                .filter(name -> name.startsWith(prefix) && !TrialResult.isOnSplit(name))
                .distinct()
                .forEach(
                    name ->
                        classes
                            .computeIfAbsent(
                                name.substring(prefix.length()), c -> new LinkedHashMap<>())
                            .put(loss, meanOfDefined(seeds, name))));
    return classes;
  }

  private static double meanOfDefined(List<Map<String, Double>> seeds, String name) {
    return seeds.stream()
        .filter(seed -> seed.containsKey(name))
        .mapToDouble(seed -> seed.get(name))
        .average()
        .orElseThrow();
  }

  /**
   * What the classes have of the first metric that is made of classes, in Markdown, in percent.
   *
   * @return a heading, and a table with a row for each class and a column for each loss; empty if
   *     there is no such metric
   */
  public String classesToMarkdown() {
    for (String metric : metrics) {
      Map<String, Map<String, Double>> classes = byClass(metric);
      if (!classes.isEmpty()) {
        return "\n" + metric + " by class:\n\n" + classTable(classes);
      }
    }
    return "";
  }

  private String classTable(Map<String, Map<String, Double>> classes) {
    StringBuilder text = new StringBuilder("| class |");
    rows.keySet().forEach(loss -> text.append(' ').append(Display.markdown(loss)).append(" |"));
    text.append("\n| :--- |").append(" ---: |".repeat(rows.size())).append('\n');
    classes.forEach(
        (name, values) -> {
          text.append("| ").append(Display.markdown(name)).append(" |");
          rows.keySet().stream()
              .map(values::get)
              .map(value -> value == null ? "-" : Display.percent(value))
              .forEach(cell -> text.append(' ').append(cell).append(" |"));
          text.append('\n');
        });
    return text.toString();
  }

  /**
   * The table as JSON: per loss and metric the mean, the standard error (null with one seed), each
   * seed's value, and the mean of each class where the metric is made of classes.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode table = Json.MAPPER.createObjectNode();
    for (String loss : rows.keySet()) {
      ObjectNode row = table.putObject(loss);
      for (String metric : metrics) {
        double error = standardError(loss, metric);
        ObjectNode cell = row.putObject(metric).put("mean", mean(loss, metric));
        cell.put("standardError", Double.isNaN(error) ? null : (Double) error);
        ArrayNode seeds = cell.putArray("seeds");
        Arrays.stream(values(loss, metric)).forEach(seeds::add);
        putClasses(cell, loss, metric);
      }
    }
    return table;
  }

  private void putClasses(ObjectNode cell, String loss, String metric) {
    byClass(metric)
        .forEach(
            (name, values) -> {
              if (values.containsKey(loss)) {
                cell.withObject("/classes").put(name, values.get(loss));
              }
            });
  }

  private String cell(String loss, String metric) {
    double error = standardError(loss, metric);
    String mean = String.format(Locale.ROOT, "%5.2f", 100 * mean(loss, metric));
    return center(
        Double.isNaN(error) ? mean : mean + String.format(Locale.ROOT, " ± %.2f", 100 * error));
  }

  private static String center(String text) {
    int left = Math.max(0, CELL - text.length()) / 2;
    return String.format(Locale.ROOT, "%-" + CELL + "s", " ".repeat(left) + text);
  }

  private static void line(StringBuilder text, int width, String head, List<String> cells) {
    text.append("| ").append(String.format(Locale.ROOT, "%-" + width + "s", head)).append(" |");
    cells.forEach(cell -> text.append(' ').append(cell).append(" |"));
    text.append('\n');
  }

  private double[] values(String loss, String metric) {
    return rows.get(loss).stream().mapToDouble(seed -> seed.getOrDefault(metric, 0.0)).toArray();
  }
}

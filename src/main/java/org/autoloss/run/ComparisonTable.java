package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;
import org.autoloss.run.journal.Entry;

/**
 * Losses against metrics, over several seeds. A cell is the mean over the seeds and its standard
 * error {@code s / sqrt(n)}, s with the divisor n-1; the error is NaN with one seed.
 *
 * @param metrics the columns
 * @param rows by a loss's name, in order: the metrics of each seed; one that is missing counts as
 *     0, as of a training that met NaN
 */
public record ComparisonTable(List<Metric> metrics, Map<String, List<Map<Metric, Double>>> rows) {
  private static final int CELL = 13;

  /** Copies both. */
  public ComparisonTable {
    metrics = List.copyOf(metrics);
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }

  /**
   * A table whose columns are all metrics that a row has.
   *
   * @param rows by a loss's name, in order
   * @return the table
   */
  public static ComparisonTable of(Map<String, List<Map<Metric, Double>>> rows) {
    Set<Metric> metrics = new TreeSet<>();
    rows.values().forEach(seeds -> seeds.forEach(seed -> metrics.addAll(seed.keySet())));
    return new ComparisonTable(List.copyOf(metrics), rows);
  }

  /**
   * What a training contributes to its row.
   *
   * @param training as the journal has it
   * @return the metrics that tables show
   */
  public static Map<Metric, Double> cells(Entry training) {
    Map<Metric, Double> cells = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.allSearchable()) {
      Double value = training.outcome().metrics().get(metric.label());
      if (value != null) {
        cells.put(metric, value);
      }
    }
    return cells;
  }

  /**
   * The mean over the seeds.
   *
   * @param loss a row's name
   * @param metric a column
   * @return in [0,1]
   */
  public double mean(String loss, Metric metric) {
    return Arrays.stream(values(loss, metric)).average().orElse(Double.NaN);
  }

  /**
   * A goal, at the means over the seeds.
   *
   * @param loss a row's name
   * @param goal of metrics that are columns
   * @return in [0,1]
   */
  public double mean(String loss, Goal goal) {
    return goal.mean(metric -> mean(loss, metric));
  }

  /**
   * The standard error of the mean.
   *
   * @param loss a row's name
   * @param metric a column
   * @return 0 or more; NaN with one seed
   */
  public double standardError(String loss, Metric metric) {
    double[] values = values(loss, metric);
    double mean = mean(loss, metric);
    double square = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(square / (values.length - 1) / values.length);
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
    line(text, width, "loss", metrics.stream().map(m -> center(m.label())).toList());
    line(text, width, "-".repeat(width), metrics.stream().map(m -> "-".repeat(CELL)).toList());
    for (String loss : rows.keySet()) {
      line(text, width, Display.markdown(loss), metrics.stream().map(m -> cell(loss, m)).toList());
    }
    return text.toString();
  }

  /**
   * The table as JSON: per loss and metric the mean, the standard error (null with one seed) and
   * each seed's value.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode table = Json.MAPPER.createObjectNode();
    for (String loss : rows.keySet()) {
      ObjectNode row = table.putObject(loss);
      for (Metric metric : metrics) {
        double error = standardError(loss, metric);
        ObjectNode cell = row.putObject(metric.label()).put("mean", mean(loss, metric));
        cell.put("standardError", Double.isNaN(error) ? null : (Double) error);
        ArrayNode seeds = cell.putArray("seeds");
        Arrays.stream(values(loss, metric)).forEach(seeds::add);
      }
    }
    return table;
  }

  private String cell(String loss, Metric metric) {
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

  private double[] values(String loss, Metric metric) {
    return rows.get(loss).stream().mapToDouble(seed -> seed.getOrDefault(metric, 0.0)).toArray();
  }
}

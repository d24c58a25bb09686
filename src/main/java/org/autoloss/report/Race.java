package org.autoloss.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;

/**
 * What makes a comparison fair, beside its table: the learning rates that each loss has chosen for
 * itself, and what each row took.
 *
 * @param rates that each loss tried, in ascending order
 * @param steps of each training that tried a rate
 * @param rows by the loss's name; empty if all losses share one rate
 */
public record Race(List<Double> rates, int steps, Map<String, Row> rows) {
  /** All losses share one rate. */
  public static final Race NONE = new Race(List.of(), 0, Map.of());

  /** In place of a metric: each column's metric chooses for itself. */
  public static final String EACH = "each";

  /**
   * A rate that was chosen.
   *
   * @param rate which
   * @param scores by which it was, on the reward split, in the order of the rates
   */
  public record Choice(double rate, List<Double> scores) {}

  /**
   * A loss in the comparison.
   *
   * @param choices by the metric that chose: one for all columns, or each column's own
   * @param table what its row took, with the trainings that chose the rates
   * @param search what it took to find the loss; null if it was not searched, or is not known
   */
  public record Row(Map<String, Choice> choices, Effort table, Effort search) {
    /** Copies the choices. */
    public Row {
      choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
    }

    /**
     * The rate of a column.
     *
     * @param metric its label
     * @return the rate that was chosen for it
     */
    public double rate(String metric) {
      return choices.getOrDefault(metric, choices.values().iterator().next()).rate();
    }
  }

  /** Copies both. */
  public Race {
    rates = List.copyOf(rates);
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }

  /**
   * Whether there is something to tell.
   *
   * @return true if all losses share one rate
   */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The headings of the columns behind the metrics. */
  List<String> headings() {
    return isEmpty() ? List.of() : List.of("rate", "trainings", "seconds", "search");
  }

  /** The cells of a loss behind the metrics. */
  List<String> cells(String loss) {
    if (isEmpty()) {
      return List.of();
    }
    Row row = rows.get(loss);
    return List.of(
        describe(row.choices()),
        Long.toString(row.table().trainings()),
        String.format(Locale.ROOT, "%.0f", row.table().seconds()),
        row.search() == null ? "-" : row.search().toString());
  }

  /** What is to be said below the table. */
  List<String> notes() {
    if (isEmpty()) {
      return List.of();
    }
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "Each loss has its own learning rate%s, the best of %s by %s on the reward split, each"
                + " tried with one seed for %d steps. Trainings and their seconds on one worker are"
                + " those of the row, with those that chose its rate; search is what found the loss"
                + " before.",
            isOneForAll() ? "" : " in each column",
            String.join(", ", rates.stream().map(rate -> Double.toString(rate)).toList()),
            isOneForAll() ? choosers().iterator().next() : "the column's metric",
            steps));
    List<String> atEdge = atEdge();
    if (!atEdge.isEmpty()) {
      notes.add(
          "At the edge of these rates, so that one beyond it may suit the loss better: "
              + String.join(", ", atEdge)
              + ".");
    }
    return notes;
  }

  private Set<String> choosers() {
    return rows.values().iterator().next().choices().keySet();
  }

  private boolean isOneForAll() {
    return choosers().size() == 1;
  }

  /**
   * Rates for people.
   *
   * @param choices by the metric that chose
   * @return such as {@code 0.1}, or {@code 0.1 for mIoU and BIoU, 0.2 for BF1}
   */
  public static String describe(Map<String, Choice> choices) {
    return describe(choices, rate -> true);
  }

  private static String describe(Map<String, Choice> choices, DoublePredicate which) {
    Map<Double, List<String>> metrics = new TreeMap<>();
    choices.forEach(
        (metric, choice) ->
            metrics.computeIfAbsent(choice.rate(), rate -> new ArrayList<>()).add(metric));
    boolean same = metrics.size() == 1;
    return metrics.entrySet().stream()
        .filter(each -> which.test(each.getKey()))
        .map(each -> each.getKey() + (same ? "" : " for " + String.join(" and ", each.getValue())))
        .collect(Collectors.joining(", "));
  }

  private List<String> atEdge() {
    List<String> losses = new ArrayList<>();
    rows.forEach(
        (loss, row) -> {
          String edges = describe(row.choices(), this::isEdge);
          if (!edges.isEmpty()) {
            losses.add(Display.shortened(loss) + " (" + edges + ")");
          }
        });
    return losses;
  }

  private boolean isEdge(double rate) {
    return rate == rates.get(0) || rate == rates.get(rates.size() - 1);
  }

  /**
   * The whole of it.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    ArrayNode tried = json.putArray("rates");
    rates.forEach(tried::add);
    json.put("metric", isOneForAll() ? choosers().iterator().next() : EACH).put("steps", steps);
    ObjectNode each = json.putObject("losses");
    rows.forEach((loss, row) -> each.set(loss, toJson(row)));
    return json;
  }

  private ObjectNode toJson(Row row) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    row.choices()
        .forEach(
            (metric, choice) ->
                toJson(
                    choice, isOneForAll() ? json : json.withObject("/columns").putObject(metric)));
    json.set("table", row.table().toJson());
    if (row.search() != null) {
      json.set("search", row.search().toJson());
    }
    return json;
  }

  private void toJson(Choice choice, ObjectNode json) {
    json.put("learningRate", choice.rate()).put("atEdge", isEdge(choice.rate()));
    choice.scores().forEach(json.putArray("scores")::add);
  }

  /**
   * The rates of a row that {@link #toJson} has written.
   *
   * @param row one of its losses
   * @param metrics the columns, by their labels
   * @return the rate of each column; empty if the row has none
   */
  public static Map<String, Double> rates(JsonNode row, List<String> metrics) {
    Map<String, Double> rates = new LinkedHashMap<>();
    for (String metric : metrics) {
      JsonNode choice = row.has("columns") ? row.path("columns").path(metric) : row;
      if (choice.path("learningRate").isNumber()) {
        rates.put(metric, choice.path("learningRate").doubleValue());
      }
    }
    return rates;
  }
}

package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;

/**
 * What makes a comparison fair, beside its table: the learning rate that each loss has chosen for
 * itself, and what each row took.
 *
 * @param rates that each loss tried, in ascending order
 * @param metric that chose, on the reward split
 * @param steps of each training that tried a rate
 * @param rows by the loss's name; empty if all losses share one rate
 */
public record Race(List<Double> rates, String metric, int steps, Map<String, Row> rows) {
  /** All losses share one rate. */
  public static final Race NONE = new Race(List.of(), "", 0, Map.of());

  /**
   * A loss in the comparison.
   *
   * @param rate that it has chosen
   * @param scores by which it chose, in the order of the rates
   * @param table what its row took, with the trainings that chose the rate
   * @param search what it took to find the loss; null if it was not searched, or is not known
   */
  public record Row(double rate, List<Double> scores, Effort table, Effort search) {}

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
        Double.toString(row.rate()),
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
            "Each loss has its own learning rate, the best of %s by %s on the reward split, each tried"
                + " with one seed for %d steps. Trainings and their seconds on one worker are those"
                + " of the row, with those that chose its rate; search is what found the loss before.",
            list(rates),
            metric,
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

  private List<String> atEdge() {
    return rows.entrySet().stream()
        .filter(row -> isEdge(row.getValue().rate()))
        .map(row -> Display.shortened(row.getKey()) + " (" + row.getValue().rate() + ")")
        .toList();
  }

  private boolean isEdge(double rate) {
    return rate == rates.get(0) || rate == rates.get(rates.size() - 1);
  }

  private static String list(List<Double> rates) {
    return String.join(", ", rates.stream().map(rate -> Double.toString(rate)).toList());
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
    json.put("metric", metric).put("steps", steps);
    ObjectNode each = json.putObject("losses");
    rows.forEach((loss, row) -> each.set(loss, toJson(row)));
    return json;
  }

  private ObjectNode toJson(Row row) {
    ObjectNode json =
        Json.MAPPER
            .createObjectNode()
            .put("learningRate", row.rate())
            .put("atEdge", isEdge(row.rate()));
    ArrayNode scores = json.putArray("scores");
    row.scores().forEach(scores::add);
    json.set("table", row.table().toJson());
    if (row.search() != null) {
      json.set("search", row.search().toJson());
    }
    return json;
  }
}

package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;

/**
 * How the loss that was found stands beside the others of the final table, in the objective.
 *
 * @param objective what it was searched for
 * @param table the final table, with the row {@link #FOUND}
 */
public record Standing(ObjectiveMetric objective, ComparisonTable table) {
  /** The row of the losses that people use, where they use cross entropy. */
  public static final String CROSS_ENTROPY = "cross entropy";

  /** The row of the losses that people use, where these are others. */
  public static final String BASELINE = "baseline";

  /** The row of the loss that was found. */
  public static final String FOUND = "searched";

  /**
   * The row of the losses that people use.
   *
   * @param specification of these losses
   * @return its name
   */
  public static String baseline(String specification) {
    return specification.equals("ce") ? CROSS_ENTROPY : BASELINE;
  }

  /**
   * The rows that it does not beat: cross entropy, the published surrogate, or both.
   *
   * @return names of rows, in the table's order; empty if it beats all of them
   */
  public List<String> unbeaten() {
    double found = table.mean(FOUND, objective);
    return table.rows().keySet().stream()
        .filter(loss -> !loss.equals(FOUND))
        .filter(loss -> !(found > table.mean(loss, objective)))
        .toList();
  }

  /**
   * What is to be said if it does not beat all of them.
   *
   * @return a sentence, in percent; empty if there is nothing to say
   */
  public String warning() {
    List<String> unbeaten = unbeaten();
    if (unbeaten.isEmpty()) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "The searched loss does not beat %s on the test split: its %s is %s %%, that of %s.",
        String.join(" or ", unbeaten),
        objective.label(),
        Display.percent(table.mean(FOUND, objective)),
        unbeaten.stream()
            .map(loss -> loss + " " + Display.percent(table.mean(loss, objective)) + " %")
            .collect(Collectors.joining(", that of ")));
  }

  /**
   * The table, the classes' values, and the warning below them.
   *
   * @return Markdown, each line ended by a line feed
   */
  public String toMarkdown() {
    String warning = warning();
    return table.toMarkdown()
        + table.classesToMarkdown()
        + (warning.isEmpty() ? "" : "\n" + Display.markdown(warning) + "\n");
  }

  /**
   * Which rows it beats.
   *
   * @return one JSON object: true or false by the row's name
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    List<String> unbeaten = unbeaten();
    table.rows().keySet().stream()
        .filter(loss -> !loss.equals(FOUND))
        .forEach(loss -> json.put(loss, !unbeaten.contains(loss)));
    return json;
  }
}

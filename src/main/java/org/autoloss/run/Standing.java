package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.Goal;

/**
 * How the loss that was found stands beside the others of the final table, in the goal.
 *
 * @param goal what it was searched for
 * @param table the final table, with the row {@link AslExperiment#FOUND}
 */
public record Standing(Goal goal, ComparisonTable table) {
  /**
   * The rows that it does not beat: cross entropy, the published surrogate, or both.
   *
   * @return names of rows, in the table's order; empty if it beats all of them
   */
  public List<String> unbeaten() {
    double found = table.mean(AslExperiment.FOUND, goal);
    return table.rows().keySet().stream()
        .filter(loss -> !loss.equals(AslExperiment.FOUND))
        .filter(loss -> !(found > table.mean(loss, goal)))
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
        goal.label(),
        Display.percent(table.mean(AslExperiment.FOUND, goal)),
        unbeaten.stream()
            .map(loss -> loss + " " + Display.percent(table.mean(loss, goal)) + " %")
            .collect(Collectors.joining(", that of ")));
  }

  /**
   * The table, and the warning below it.
   *
   * @return Markdown, each line ended by a line feed
   */
  public String toMarkdown() {
    String warning = warning();
    return table.toMarkdown() + (warning.isEmpty() ? "" : "\n" + Display.markdown(warning) + "\n");
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
        .filter(loss -> !loss.equals(AslExperiment.FOUND))
        .forEach(loss -> json.put(loss, !unbeaten.contains(loss)));
    return json;
  }
}

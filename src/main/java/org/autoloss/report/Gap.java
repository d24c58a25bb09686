package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;

/**
 * How far the scores of a search carry: the same objective on the reward split, which chose the
 * loss, on the confirmation split, which no score saw, and on the test split.
 *
 * @param objective its label
 * @param rows by the loss's name, in order
 */
public record Gap(String objective, Map<String, Row> rows) {
  /**
   * A loss.
   *
   * @param reward means over the trainings that confirmed it
   * @param confirmation means over the same trainings
   * @param test means over those of the final table
   */
  public record Row(double reward, double confirmation, double test) {}

  /** Copies the rows. */
  public Gap {
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }

  /**
   * The table in Markdown, in percent.
   *
   * @return lines, each ended by a line feed
   */
  public String toMarkdown() {
    StringBuilder text =
        new StringBuilder(
            "| "
                + Display.markdown(objective)
                + " | reward | confirmation | test | test - reward |\n"
                + "| :--- | ---: | ---: | ---: | ---: |\n");
    rows.forEach(
        (loss, row) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s |%n",
                    Display.markdown(loss),
                    Display.percent(row.reward()),
                    Display.percent(row.confirmation()),
                    Display.percent(row.test()),
                    Display.points(row.test() - row.reward()))));
    return text.toString();
  }

  /**
   * The rows as fractions.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    rows.forEach(
        (loss, row) ->
            json.putObject(loss)
                .put("reward", row.reward())
                .put("confirmation", row.confirmation())
                .put("test", row.test()));
    return json;
  }
}

package org.autoloss.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.autoloss.internal.Json;

/**
 * What the authors of a method report, for a look beside one's own table: other data, networks and
 * lengths, so that only the pattern compares. Of AutoLoss-Zero there is nothing that could be
 * checked against a source.
 */
public final class PublishedResults {
  private PublishedResults() {}

  /**
   * The authors' table.
   *
   * @param method as it is called on the command line
   * @return Markdown with its source; empty where there is none
   * @throws IOException if it cannot be read
   */
  public static Optional<String> toMarkdown(String method) throws IOException {
    try (InputStream in = PublishedResults.class.getResourceAsStream(method + "-published.json")) {
      return in == null ? Optional.empty() : Optional.of(toMarkdown(Json.MAPPER.readTree(in)));
    }
  }

  private static String toMarkdown(JsonNode json) {
    StringBuilder text = new StringBuilder(json.path("title").asText()).append(":\n\n| loss |");
    json.path("metrics").forEach(name -> text.append(' ').append(name.asText()).append(" |"));
    text.append("\n| :--- |").append(" ---: |".repeat(json.path("metrics").size())).append('\n');
    json.path("rows")
        .properties()
        .forEach(
            row -> {
              text.append("| ").append(row.getKey()).append(" |");
              row.getValue()
                  .forEach(
                      value ->
                          text.append(String.format(Locale.ROOT, " %.2f |", value.asDouble())));
              text.append('\n');
            });
    return text.append("\nSource: ").append(json.path("source").asText()).append(".\n").toString();
  }
}

package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Session;
import org.autoloss.storage.Stage;

/**
 * A run in a line.
 *
 * @param run its folder
 * @param method what kind of run
 * @param metric what it searches for; empty if it searches nothing
 * @param status how it stands
 * @param created when it began
 * @param sessions how often processes went on with it
 * @param seconds how long they did
 * @param proxies how many candidates it has trained
 * @param best the best score of a proxy; null if there is none
 */
record RunSummary(
    Path run,
    String method,
    String metric,
    RunInfo.Status status,
    Instant created,
    int sessions,
    double seconds,
    long proxies,
    Double best) {
  static RunSummary of(Path run) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      RunInfo info = reader.info();
      Double best =
          reader.entries(Stage.PROXY).stream()
              .map(entry -> entry.outcome().score())
              .filter(Objects::nonNull)
              .max(Double::compare)
              .orElse(null);
      return new RunSummary(
          run,
          info.method(),
          info.configuration().path("metric").asText(),
          info.status(),
          info.created(),
          reader.sessions().size(),
          reader.sessions().stream().mapToDouble(Session::seconds).sum(),
          reader.decisions(Stage.PROXY).values().stream().mapToLong(n -> n).sum(),
          best);
    }
  }

  ObjectNode toJson() {
    return Json.MAPPER
        .createObjectNode()
        .put("run", run.toString())
        .put("method", method)
        .put("metric", metric)
        .put("status", statusLabel())
        .put("created", created.toString())
        .put("sessions", sessions)
        .put("seconds", seconds)
        .put("proxies", proxies)
        .put("best", best);
  }

  String statusLabel() {
    return status.name().toLowerCase(Locale.ROOT);
  }

  String bestLabel() {
    return best == null ? "" : Display.percent(best);
  }

  String timeLabel() {
    long whole = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}

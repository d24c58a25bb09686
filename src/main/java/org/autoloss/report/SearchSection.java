package org.autoloss.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.plot.SearchPicture;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.storage.Entry;
import org.autoloss.storage.Journal;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;

/** How the search went. */
final class SearchSection {
  private static final double LONGEST_BAR = 12; // in rem

  private final RunReader reader;
  private final Path folder;
  private final String metric;

  SearchSection(RunReader reader, Path folder, String metric) {
    this.reader = reader;
    this.folder = folder;
    this.metric = metric;
  }

  /** Reward over time, and the way of the parameters. */
  List<Map<String, Object>> charts() throws IOException {
    List<Map<String, Object>> charts = new ArrayList<>();
    List<Entry> proxies = reader.entries(Stage.PROXY);
    boolean hasCentres = reader.info().method().equals(AutoSegLoss.NAME);
    double[] rewards =
        proxies.stream()
            .map(entry -> entry.outcome().score())
            .filter(Objects::nonNull)
            .mapToDouble(Double::doubleValue)
            .toArray();
    if (rewards.length > 0) {
      double best = java.util.Arrays.stream(rewards).max().orElseThrow();
      String text =
          String.format(
              Locale.ROOT,
              "Rewards of %d candidates in order: the first %s %%, the best %s %%.",
              rewards.length,
              Display.percent(rewards[0]),
              Display.percent(best));
      charts.add(DataUri.chart(SearchPicture.rewards(metric, rewards), text, text));
    }
    List<double[]> centres = hasCentres ? centres(proxies) : List.of();
    if (centres.size() > 1) {
      String text = "The centre of the search, step by step: a line for each free parameter.";
      charts.add(DataUri.chart(SearchPicture.paths(centres), text, text));
    }
    return charts;
  }

  /** In Auto Seg-Loss, sample 0 of each step is the policy's mean. */
  private List<double[]> centres(List<Entry> proxies) {
    List<double[]> centres = new ArrayList<>();
    for (Entry entry : proxies) {
      if (entry.sample() == 0) {
        double[] centre = parameters(entry.content());
        if (centre.length == 0 && centres.isEmpty()) {
          return centres; // no loss with curves
        }
        if (!centres.isEmpty() && centre.length != centres.get(0).length) {
          throw new IllegalArgumentException(
              folder.resolve(Journal.FILE)
                  + ": expected the parameters of "
                  + entry.name()
                  + ", got '"
                  + Display.shortened(entry.content())
                  + "'; restore it from a copy");
        }
        centres.add(centre);
      }
    }
    return centres;
  }

  /** The control points of all curves of a loss; none if it has none. */
  private static double[] parameters(String artefact) {
    try {
      return Json.MAPPER.readTree(artefact).findValues("controlPoints").stream()
          .flatMapToDouble(SearchSection::numbers)
          .toArray();
    } catch (JsonProcessingException e) {
      return new double[0];
    }
  }

  private static DoubleStream numbers(JsonNode node) {
    return node.isNumber()
        ? DoubleStream.of(node.doubleValue())
        : StreamSupport.stream(node.spliterator(), false).flatMapToDouble(SearchSection::numbers);
  }

  /** What became of the candidates; false if there are none. */
  Object decisions() throws IOException {
    Map<String, Long> counts = reader.decisions(Stage.EXPLORED);
    if (counts.isEmpty()) {
      counts = reader.decisions(Stage.PROXY);
    }
    double all = counts.values().stream().mapToLong(Long::longValue).sum();
    List<Map<String, Object>> rows =
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .map(each -> row(each.getKey(), each.getValue(), all))
            .toList();
    return rows.isEmpty() ? false : Map.of("rows", rows);
  }

  private static Map<String, Object> row(String decision, long count, double all) {
    int branch = decision.indexOf(": ") + 1; // whose name stays as it is
    return Map.of(
        "name", decision.substring(0, branch) + decision.substring(branch).replace('_', ' '),
        "count", String.format(Locale.ROOT, "%,d", count),
        "share", String.format(Locale.ROOT, "%.1f", 100 * count / all),
        "width", String.format(Locale.ROOT, "%.2f", LONGEST_BAR * count / all));
  }

  /** The winner's line; false where there is none. */
  Object family() throws IOException {
    Path file = folder.resolve("family.json");
    if (!Files.exists(file)) {
      return false;
    }
    List<Map<String, Object>> line = new ArrayList<>();
    double before = Double.NaN;
    JsonNode tree = Json.read(file, "a family tree (JSON)");
    String first = tree.path("given").asBoolean() ? "given" : "random";
    for (JsonNode individual : tree.path("line")) {
      double score = individual.path("score").asDouble();
      line.add(
          Map.of(
              "id", individual.path("id").asText(),
              "score", Display.percent(score),
              "gain", Double.isNaN(before) ? "" : Display.points(score - before),
              "by", mutations(individual, first),
              "expression", individual.path("expression").asText()));
      before = score;
    }
    return Map.of("line", line);
  }

  private static String mutations(JsonNode individual, String first) {
    String mutations =
        StreamSupport.stream(individual.path("changes").spliterator(), false)
            .map(change -> change.path("mutation").asText())
            .collect(Collectors.joining(", "));
    return !mutations.isEmpty() ? mutations : individual.has("parent") ? "copy" : first;
  }
}

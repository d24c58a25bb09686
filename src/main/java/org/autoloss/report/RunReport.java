package org.autoloss.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ProposedLosses;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;

/**
 * A run as one HTML file. Pictures are inside it, so that it opens offline and can be sent; it
 * reads well on a phone, in dark mode, by keyboard and by screen reader. A run that is still going
 * on, or was interrupted, is shown as far as it is.
 */
public final class RunReport {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Map<String, String> METHODS =
      Map.of(
          AutoSegLoss.NAME, "Auto Seg-Loss",
          AutoLossZero.NAME, "AutoLoss-Zero",
          ProposedLosses.NAME, "proposals",
          RandomSearch.NAME, "random search");

  private final RunReader reader;
  private final Path folder;
  private final RunInfo info;

  private RunReport(RunReader reader, Path folder) throws IOException {
    this.reader = reader;
    this.folder = folder;
    this.info = reader.info();
  }

  /**
   * Makes the report of a search.
   *
   * @param folder of the run
   * @return the file's text
   * @throws IOException if the run cannot be read
   * @throws IllegalArgumentException if there is no run, or none of a search
   */
  public static String of(Path folder) throws IOException {
    try (RunReader reader = RunReader.open(folder)) {
      return new RunReport(reader, folder).write();
    }
  }

  private String write() throws IOException {
    if (!isSearch()) {
      throw new IllegalArgumentException(
          folder
              + ": expected the run of a search, got one of kind "
              + info.method()
              + "; its results are in table.md or ablation.md beside it");
    }
    String metric = info.configuration().path("metric").asText();
    ComparisonSection comparison = ComparisonSection.of(reader.entries(Stage.TEST));
    SearchSection search = new SearchSection(reader, folder, metric);
    Map<String, Object> page = new LinkedHashMap<>();
    page.put(
        "title",
        "Search for " + metric + " by " + METHODS.getOrDefault(info.method(), info.method()));
    page.put("lead", lead());
    page.put("facts", facts(metric, comparison));
    page.put("comparison", comparison.toMap(metric));
    page.put("curves", CurvesSection.of(folder, comparison.losses()));
    page.put("loss", LossSection.of(folder, info.configuration().at("/task/kind").asText()));
    page.put("searchCharts", search.charts());
    page.put("decisions", search.decisions());
    page.put("family", search.family());
    page.put("examples", ExamplesSection.of(folder, comparison.losses()));
    page.put("versions", versions());
    page.put("configuration", info.configuration().toPrettyString());
    page.put("written", TIME.format(Instant.now()));
    page.put("sections", sections(page));
    return Page.fill("report.html", page);
  }

  private String lead() {
    String state =
        switch (info.status()) {
          case COMPLETE -> "It is complete.";
          case RUNNING -> "It is still going on; this is how it stands now.";
          case INTERRUPTED -> "It was interrupted; autoloss search resume goes on with it.";
          case DIVERGED -> "It found nothing, for all its trainings diverged.";
        };
    return "Run " + folder.getFileName() + ", begun " + TIME.format(info.created()) + ". " + state;
  }

  /** A comparison or an exploration has another kind than the method that it has the plan of. */
  private boolean isSearch() {
    return METHODS.containsKey(info.method())
        || info.method().equals(info.configuration().path("method").asText());
  }

  private List<Map<String, Object>> facts(String metric, ComparisonSection comparison)
      throws IOException {
    List<Map<String, Object>> facts = new ArrayList<>();
    comparison.gain(metric).ifPresent(gain -> facts.addAll(gain));
    List<Entry> proxies = reader.entries(Stage.PROXY);
    long explored =
        reader.decisions(Stage.EXPLORED).values().stream().mapToLong(Long::longValue).sum();
    if (explored > 0) {
      facts.add(fact("losses explored", String.format(Locale.ROOT, "%,d", explored)));
    }
    facts.add(fact("proxies trained", String.format(Locale.ROOT, "%,d", proxies.size())));
    double seconds = 0;
    for (Stage stage : Stage.values()) {
      if (stage != Stage.EXPLORED) {
        seconds += seconds(reader.entries(stage));
      }
    }
    facts.add(fact("time in trainings", minutes(seconds)));
    return facts;
  }

  private static double seconds(List<Entry> entries) {
    return entries.stream()
        .map(entry -> entry.outcome().seconds())
        .mapToDouble(seconds -> seconds == null ? 0 : seconds)
        .sum();
  }

  private static String minutes(double seconds) {
    return seconds < 120
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : String.format(Locale.ROOT, "%.0f min", seconds / 60);
  }

  private List<Map<String, Object>> versions() {
    List<Map<String, Object>> versions = new ArrayList<>();
    versions.add(fact("seed", info.configuration().path("seed").asText()));
    for (Map.Entry<String, JsonNode> each : info.configuration().path("versions").properties()) {
      versions.add(fact(each.getKey(), each.getValue().asText()));
    }
    return versions;
  }

  private static List<Map<String, Object>> sections(Map<String, Object> page) {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("summary", "Summary");
    names.put("comparison", "Comparison");
    names.put("loss", "The loss");
    names.put("search", "The search");
    names.put("examples", "Examples");
    names.put("reproduce", "Reproduce it");
    List<Map<String, Object>> sections = new ArrayList<>();
    names.forEach(
        (id, name) -> {
          boolean optional = List.of("comparison", "loss", "examples").contains(id);
          if (!optional || Boolean.FALSE != page.get(id)) {
            sections.add(Map.of("id", id, "name", name));
          }
        });
    return sections;
  }

  static Map<String, Object> fact(String name, String value) {
    return Map.of("name", name, "value", value);
  }
}

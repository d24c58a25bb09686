package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.internal.InputFiles;
import org.autoloss.internal.Json;
import org.autoloss.internal.Shell;
import org.autoloss.storage.Entry;
import org.autoloss.storage.Event;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss runs show}. */
@Command(
    name = "show",
    description = {
      "Shows how a run stands: what it did, its best candidates, its table.",
      "Metrics are in percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class RunsShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "the run's folder")
  private Path run;

  @Option(names = "--top", defaultValue = "5", description = "how many of the best proxies")
  private int top;

  @Option(names = "--json", description = "print one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (top < 0) {
      throw new IllegalArgumentException("--top: expected 0 or more, got " + top);
    }
    RunSummary summary = RunSummary.of(run);
    try (RunReader reader = RunReader.open(run)) {
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(toJson(summary, reader));
      } else {
        print(out, summary, reader);
      }
      out.flush();
    }
    return 0;
  }

  private static ObjectNode toJson(RunSummary summary, RunReader reader) throws IOException {
    ObjectNode line = summary.toJson();
    line.set("configuration", reader.info().configuration());
    ObjectNode stages = line.putObject("stages");
    for (Stage stage : Stage.values()) {
      stages.set(stage.label(), Json.MAPPER.valueToTree(reader.decisions(stage)));
    }
    for (Event event : reader.events()) {
      line.withArray("events")
          .addObject()
          .put("kind", event.kind())
          .put("written", event.written().toString())
          .set("detail", event.detail());
    }
    return line;
  }

  private void print(PrintWriter out, RunSummary summary, RunReader reader) throws IOException {
    TextTable head =
        new TextTable()
            .row("run", run.toString())
            .row("method", summary.method())
            .row("metric", summary.metric())
            .row("status", summary.statusLabel())
            .row("began", summary.created().toString())
            .row(
                "time",
                summary.timeLabel()
                    + " in "
                    + summary.sessions()
                    + (summary.sessions() == 1 ? " session" : " sessions"))
            .row("best proxy", summary.bestLabel());
    for (Stage stage : Stage.values()) {
      var decisions = reader.decisions(stage);
      if (!decisions.isEmpty()) {
        String counts = decisions.toString();
        head.row(stage.label(), counts.substring(1, counts.length() - 1).replace("=", " "));
      }
    }
    for (Event event : reader.events()) {
      head.row(event.kind(), detail(event));
    }
    out.print(head);
    printBest(out, reader.entries(Stage.PROXY));
    Path table = run.resolve("table.md");
    if (Files.isRegularFile(table)) {
      out.printf(Locale.ROOT, "%n%s", InputFiles.text(table, "a table"));
    }
    switch (summary.status()) {
      case INTERRUPTED ->
          out.printf(Locale.ROOT, "%nGo on with: autoloss search resume %s%n", Shell.word(run));
      case DIVERGED ->
          out.printf(
              Locale.ROOT,
              "%nAll its trainings diverged; search again with a lower --learning-rate.%n");
      case RUNNING, COMPLETE -> {}
    }
  }

  private static String detail(Event event) {
    String fields =
        event.detail().properties().stream()
            .map(field -> field.getKey() + " " + field.getValue().asText())
            .collect(Collectors.joining(", "));
    return fields.isEmpty() ? "none" : Display.rounded(fields);
  }

  private static String seconds(Entry proxy) {
    Double seconds = proxy.outcome().seconds();
    return seconds == null ? "" : String.format(Locale.ROOT, "%.1f", seconds);
  }

  private void printBest(PrintWriter out, List<Entry> proxies) {
    if (proxies.isEmpty()) {
      return;
    }
    TextTable table = new TextTable().row("proxy", "score", "seconds", "candidate");
    proxies.stream()
        .filter(proxy -> proxy.outcome().score() != null)
        .sorted(Comparator.comparingDouble((Entry proxy) -> -proxy.outcome().score()))
        .limit(top)
        .forEach(
            proxy ->
                table.row(
                    proxy.name(),
                    Display.percent(proxy.outcome().score()),
                    seconds(proxy),
                    Display.shortened(Display.rounded(proxy.content()))));
    out.printf(Locale.ROOT, "%n%s", table);
  }
}

package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.autoloss.internal.Json;
import org.autoloss.storage.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss runs list}. */
@Command(
    name = "list",
    description = {
      "Lists the runs in a folder, the latest first.",
      "Metrics are in percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class RunsListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = "runs",
      description = "folder that holds the runs")
  private Path folder;

  @Option(names = "--json", description = "print one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<RunSummary> runs = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    for (Path run : folders()) {
      try {
        runs.add(RunSummary.of(run));
      } catch (IOException | RuntimeException e) { // one run must not hide the others
        unreadable.add(explained(run, e));
      }
    }
    runs.sort(Comparator.comparing(RunSummary::created).reversed());
    print(runs);
    unreadable.forEach(spec.commandLine().getErr()::println);
    return unreadable.isEmpty() ? 0 : 1;
  }

  private static String explained(Path run, Exception e) {
    String message = e.getMessage();
    return message != null && message.startsWith(run.toString()) ? message : run + ": " + e;
  }

  private List<Path> folders() throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          folder + ": expected a folder that holds runs, got none; give the one of --out");
    }
    try (Stream<Path> folders = Files.list(folder)) {
      return folders
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(RunReader::isRun)
          .sorted()
          .toList();
    }
  }

  private void print(List<RunSummary> runs) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ArrayNode line = Json.MAPPER.createArrayNode();
      runs.forEach(run -> line.add(run.toJson()));
      out.println(line);
    } else {
      TextTable table =
          new TextTable()
              .row("run", "method", "metric", "status", "began", "time", "proxies", "best");
      for (RunSummary run : runs) {
        table.row(
            run.run().toString(),
            run.method(),
            run.metric(),
            run.statusLabel(),
            run.created().toString().substring(0, 16),
            run.timeLabel(),
            Long.toString(run.proxies()),
            run.bestLabel());
      }
      out.print(table);
    }
    out.flush();
  }
}

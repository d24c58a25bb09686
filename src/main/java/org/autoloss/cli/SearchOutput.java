package org.autoloss.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.autoloss.data.LabelCounts;
import org.autoloss.internal.Json;
import org.autoloss.run.AslExperiment;
import org.autoloss.run.ParetoReport;
import org.autoloss.run.Standing;
import org.autoloss.run.ZeroExperiment;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Prints what a search has found.
 *
 * @param spec of the command
 * @param run the run's folder
 * @param labels of each split, for JSON
 * @param json whether to print one line of JSON
 */
record SearchOutput(CommandSpec spec, Path run, Map<String, LabelCounts> labels, boolean json) {
  void print(AslExperiment.Result result) throws IOException {
    if (json) {
      ObjectNode line = line(result.found(), result.standing());
      result.pareto().ifPresent(report -> line.set("pareto", report.toJson()));
      printLine(line);
    } else {
      print(
          String.format(
              Locale.ROOT,
              "%s%n%s%n%s is in %s.",
              result.pareto().map(SearchOutput::text).orElse(""),
              result.standing().toMarkdown(),
              subject(result.standing()),
              run.resolve("found.json")));
    }
  }

  void print(ZeroExperiment.Result result) throws IOException {
    if (json) {
      ObjectNode line = line(result.found(), result.standing());
      line.set("tally", Json.MAPPER.valueToTree(result.tally()));
      result.pareto().ifPresent(report -> line.set("pareto", report.toJson()));
      printLine(line);
    } else {
      print(
          String.format(
              Locale.ROOT,
              "%s%n%s%n%s is in %s, its family tree in %s.",
              result.pareto().map(SearchOutput::text).orElse(""),
              result.standing().toMarkdown(),
              subject(result.standing()),
              run.resolve("found.json"),
              run.resolve("family.md")));
    }
  }

  private static String subject(Standing standing) {
    return standing.unbeaten().isEmpty()
        ? "The loss"
        : "The best candidate, which is no gain over what was there before,";
  }

  private static String text(ParetoReport report) {
    return String.format(
        Locale.ROOT,
        "%nOf %d proxies, those that no other dominates (reward split, percent):%n%n%s",
        report.proxies().size(),
        report.toMarkdown());
  }

  /** A result as data. */
  ObjectNode line(String found, Standing standing) throws IOException {
    ObjectMapper mapper = Json.MAPPER;
    ObjectNode line = mapper.createObjectNode().put("run", run.toString());
    line.set("loss", mapper.readTree(found));
    line.set("test", standing.table().toJson());
    line.set("beats", standing.toJson());
    line.set("labels", Labels.json(labels));
    if (!standing.unbeaten().isEmpty()) {
      line.put("warning", standing.warning());
    }
    return line;
  }

  private void printLine(ObjectNode line) {
    print(line.toString());
  }

  void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(text);
    out.flush();
  }
}

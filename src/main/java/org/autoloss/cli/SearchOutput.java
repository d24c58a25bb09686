package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.autoloss.experiment.LossSearch;
import org.autoloss.internal.Json;
import org.autoloss.report.ParetoReport;
import org.autoloss.report.Standing;
import org.autoloss.search.SearchMethod;
import org.autoloss.task.Task;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Prints what a search has found.
 *
 * @param spec of the command
 * @param run the run's folder
 * @param task the ground
 * @param json whether to print one line of JSON
 */
record SearchOutput(CommandSpec spec, Path run, Task task, boolean json) {
  void print(LossSearch.Result result, SearchMethod method) throws IOException {
    if (json) {
      ObjectNode line = line(result);
      result.pareto().ifPresent(report -> line.set("pareto", report.toJson()));
      print(line.toString());
      return;
    }
    StringBuilder files = new StringBuilder(run.resolve("found.json").toString());
    if (!result.verdict().isGain()) {
      files.append(", the best candidate in ").append(run.resolve("candidate.json"));
    }
    method
        .documents()
        .forEach(
            (what, file) ->
                files.append(", ").append(what).append(" in ").append(run.resolve(file)));
    print(
        String.format(
            Locale.ROOT,
            "%s%n%s%s%n%s%n%s is in %s.",
            result.pareto().map(SearchOutput::text).orElse(""),
            result.standing().toMarkdown(),
            result.gap().map(gap -> "\n" + gap.toMarkdown()).orElse(""),
            result.verdict().sentence(),
            subject(result),
            files));
  }

  private static String subject(LossSearch.Result result) {
    if (!result.verdict().isGain()) {
      return "That baseline";
    }
    return result.standing().unbeaten().isEmpty()
        ? "The loss"
        : "The best candidate, which is no gain over what was there before on the test split,";
  }

  private static String text(ParetoReport report) {
    return String.format(
        Locale.ROOT,
        "%nOf %d proxies, those that no other dominates (reward split, percent):%n%n%s",
        report.proxies().size(),
        report.toMarkdown());
  }

  /** A result as data. */
  ObjectNode line(LossSearch.Result result) throws IOException {
    Standing standing = result.standing();
    ObjectNode line = Json.MAPPER.createObjectNode().put("run", run.toString());
    line.set("loss", Json.MAPPER.readTree(result.found()));
    line.set("candidate", Json.MAPPER.readTree(result.candidate()));
    line.put("gain", result.verdict().isGain())
        .put("answer", result.verdict().isGain() ? Standing.FOUND : result.verdict().baseline());
    line.set("confirmation", result.confirmation().toJson());
    result.gap().ifPresent(gap -> line.set("gap", gap.toJson()));
    line.set("test", standing.table().toJson());
    line.set("beats", standing.toJson());
    Labels.putInto(line, task);
    line.setAll(result.details());
    if (!standing.unbeaten().isEmpty()) {
      line.put("warning", standing.warning());
    }
    return line;
  }

  void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(text);
    out.flush();
  }
}

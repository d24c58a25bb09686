package org.autoloss.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Csv;
import org.autoloss.internal.Json;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss runs export}. */
@Command(
    name = "export",
    description = {
      "Writes all that a run measured, a line for each candidate and training.",
      "Metrics are fractions: 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class RunsExportCommand implements Callable<Integer> {
  /** The form of the lines. */
  enum Format {
    CSV,
    JSON
  }

  private static final List<String> COLUMNS =
      List.of(
          "stage",
          "step",
          "sample",
          "seed",
          "name",
          "content",
          "parent",
          "mutation",
          "fingerprint",
          "decision",
          "score",
          "seconds",
          "machine");

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "the run's folder")
  private Path run;

  @Option(
      names = "--format",
      defaultValue = "CSV",
      description = "${COMPLETION-CANDIDATES}; of json, one object a line")
  private Format format;

  @Option(names = "--stage", description = "${COMPLETION-CANDIDATES} alone (default: all)")
  private Stage stage;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "file to write, whole or not at all (default: print)")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (out != null) {
      Outputs.requireFile(spec, "--out", out);
    }
    try (RunReader reader = RunReader.open(run)) {
      if (out == null) {
        PrintWriter writer = spec.commandLine().getOut();
        export(reader, writer);
        writer.flush();
      } else {
        AtomicFiles.write(
            out,
            bytes -> {
              Writer writer = new BufferedWriter(new OutputStreamWriter(bytes, UTF_8));
              export(reader, writer);
              writer.flush();
            });
      }
    }
    return 0;
  }

  private void export(RunReader reader, Writer writer) throws IOException {
    Set<String> metrics = metrics(reader);
    if (format == Format.CSV) {
      List<Object> header = new ArrayList<>(COLUMNS);
      header.addAll(metrics);
      Csv.write(writer, header);
    }
    for (Stage each : Stage.values()) {
      if (stage == null || stage == each) {
        reader.forEach(each, entry -> write(writer, entry, metrics));
      }
    }
  }

  /** All that was measured of trainings. */
  private static Set<String> metrics(RunReader reader) throws IOException {
    Set<String> metrics = new LinkedHashSet<>();
    for (Stage each : Stage.values()) {
      if (each != Stage.EXPLORED) {
        reader.forEach(each, entry -> metrics.addAll(entry.outcome().metrics().keySet()));
      }
    }
    return metrics;
  }

  private void write(Writer writer, Entry entry, Set<String> metrics) {
    try {
      if (format == Format.CSV) {
        Csv.write(writer, cells(entry, metrics));
      } else {
        writer.write(json(entry) + "\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static List<Object> cells(Entry e, Set<String> metrics) {
    List<Object> cells =
        new ArrayList<>(
            Arrays.asList(
                e.stage().label(),
                e.step(),
                e.sample(),
                e.seed(),
                e.name(),
                e.content(),
                e.origin().parent(),
                e.origin().mutation(),
                e.origin().fingerprint(),
                e.outcome().decision(),
                e.outcome().score(),
                e.outcome().seconds(),
                e.outcome().machine()));
    metrics.forEach(metric -> cells.add(e.outcome().metrics().get(metric)));
    return cells;
  }

  private static ObjectNode json(Entry e) {
    ObjectNode line =
        Json.MAPPER
            .createObjectNode()
            .put("stage", e.stage().label())
            .put("step", e.step())
            .put("sample", e.sample())
            .put("seed", e.seed())
            .put("name", e.name())
            .put("content", e.content())
            .put("parent", e.origin().parent())
            .put("mutation", e.origin().mutation())
            .put("fingerprint", e.origin().fingerprint())
            .put("decision", e.outcome().decision())
            .put("score", e.outcome().score())
            .put("seconds", e.outcome().seconds())
            .put("machine", e.outcome().machine());
    line.set("metrics", Json.MAPPER.valueToTree(e.outcome().metrics()));
    return line;
  }
}

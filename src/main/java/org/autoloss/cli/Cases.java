package org.autoloss.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Function;
import org.autoloss.internal.Json;
import org.autoloss.internal.Npy;
import picocli.CommandLine.ExitCode;

/** Runs a command on each case of a JSON list and prints one JSON line for each. */
final class Cases {
  private final Path folder; // what the paths in the cases are relative to

  private Cases(Path folder) {
    this.folder = folder;
  }

  /**
   * Runs all cases. One that fails gives a line with its name and the field {@code error}.
   *
   * @param file a JSON list of objects
   * @param out where the lines go
   * @param evaluation makes a line of a case
   * @return 0, or 1 if a case failed
   */
  static int run(Path file, PrintWriter out, Function<Cases.Case, ObjectNode> evaluation) {
    Cases cases = new Cases(file.toAbsolutePath().getParent());
    int exitCode = ExitCode.OK;
    int index = 0;
    for (JsonNode node : JsonOutput.readList(file)) {
      ObjectNode line = Json.MAPPER.createObjectNode();
      line.put("name", node.path("name").asText("case " + index++));
      try {
        line.setAll(evaluation.apply(cases.new Case(node)));
      } catch (RuntimeException | Error e) { // whatever it is, later cases are worth running
        line.put("error", Failures.sentence(e));
        exitCode = ExitCode.SOFTWARE;
      }
      out.println(line);
      out.flush();
    }
    return exitCode;
  }

  /** One case. */
  final class Case {
    private final JsonNode node;

    private Case(JsonNode node) {
      this.node = node;
    }

    JsonNode field(String name) {
      return node.path(name);
    }

    boolean has(String name) {
      return node.hasNonNull(name);
    }

    Path path(String name) {
      if (!node.path(name).isTextual()) {
        throw new IllegalArgumentException(
            name + ": expected the name of an .npy file, got " + node.path(name));
      }
      return folder.resolve(node.path(name).asText());
    }

    Npy array(String name) {
      return Npy.read(path(name));
    }

    boolean flag(String name, boolean otherwise) {
      JsonNode value = node.path(name);
      if (value.isMissingNode() || value.isNull()) {
        return otherwise;
      }
      if (!value.isBoolean()) {
        throw new IllegalArgumentException(name + ": expected true or false, got " + value);
      }
      return value.booleanValue();
    }

    double number(String name, double otherwise) {
      JsonNode value = node.path(name);
      if (value.isMissingNode() || value.isNull()) {
        return otherwise;
      }
      if (!value.isNumber()) {
        throw new IllegalArgumentException(name + ": expected a number, got " + value);
      }
      return value.doubleValue();
    }

    int whole(String name, int otherwise) {
      JsonNode value = node.path(name);
      if (value.isMissingNode() || value.isNull()) {
        return otherwise;
      }
      if (!value.isInt()) {
        throw new IllegalArgumentException(name + ": expected a whole number, got " + value);
      }
      return value.intValue();
    }
  }
}

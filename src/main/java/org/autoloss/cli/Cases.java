package org.autoloss.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Inputs;
import org.autoloss.internal.Json;
import org.autoloss.internal.Npy;
import org.autoloss.loss.LossFiles;
import picocli.CommandLine.ExitCode;

/** Runs a command on each case of a JSON list and prints one JSON line for each. */
final class Cases {
  private final Path folder; // what the paths in the cases are relative to
  private final Inputs inputs;

  private Cases(Path file, ArrayNode list) throws IOException {
    folder = file.toAbsolutePath().getParent();
    inputs = Inputs.of(inputs(file, list));
  }

  /** Makes a line of a case. */
  @FunctionalInterface
  interface Evaluator {
    ObjectNode evaluate(Case each) throws IOException;
  }

  /**
   * Runs all cases. One that fails gives a line with its name and the field {@code error}.
   *
   * @param file a JSON list of objects
   * @param known the fields that they may have; another one fails its case
   * @param out where the lines go
   * @param evaluation makes a line of a case
   * @return 0, or 1 if a case failed
   * @throws IOException if the links of an input lead nowhere
   */
  static int run(Path file, List<String> known, PrintWriter out, Evaluator evaluation)
      throws IOException {
    ArrayNode list = JsonOutput.readList(file);
    Cases cases = new Cases(file, list);
    int exitCode = ExitCode.OK;
    int index = 0;
    for (JsonNode node : list) {
      ObjectNode line = Json.MAPPER.createObjectNode();
      line.put("name", node.path("name").asText("case " + index++));
      try {
        requireKnown(node, known);
        line.setAll(evaluation.evaluate(cases.new Case(node)));
      } catch (IOException
          | RuntimeException
          | Error e) { // whatever it is, later cases are worth running
        line.put("error", Failures.sentence(e));
        exitCode = ExitCode.SOFTWARE;
      }
      out.println(line);
      out.flush();
    }
    return exitCode;
  }

  private static void requireKnown(JsonNode node, List<String> known) {
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                throw new IllegalArgumentException(
                    "case: expected the fields "
                        + String.join(", ", known)
                        + ", got '"
                        + Excerpt.of(name)
                        + "'");
              }
            });
  }

  /** The list itself, and the files that are there of those that its cases read. */
  private List<Path> inputs(Path file, ArrayNode list) {
    List<Path> paths = new ArrayList<>(List.of(file));
    for (JsonNode node : list) {
      for (String name :
          List.of("logits", "labels", "predictions", "predicted", "target", "quality")) {
        add(paths, node.path(name).asText(""));
      }
      paths.addAll(LossFiles.of(node.path("loss").asText("")));
    }
    return paths;
  }

  private void add(List<Path> paths, String name) {
    try {
      Path path = folder.resolve(name);
      if (Files.isRegularFile(path)) {
        paths.add(path);
      }
    } catch (InvalidPathException e) {
      // Its case says so.
    }
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

    /** A file to write, which no case reads. */
    Path output(String name) throws IOException {
      Path path = path(name);
      Destination.requireFile(name, path);
      inputs.requireApart(name, path);
      return path;
    }

    /** A text, or the JSON that stands in its place. */
    String text(String name) {
      JsonNode value = node.path(name);
      return value.isTextual() ? value.asText() : value.toString();
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

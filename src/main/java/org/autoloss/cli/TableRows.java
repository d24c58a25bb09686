package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossSet;
import org.autoloss.report.Effort;
import org.autoloss.task.Task;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options that say which rows a table of losses has. */
final class TableRows {
  private static final String USUAL = "ce;wce;dpce;ssim;dice;lovasz";

  @Option(
      names = "--loss",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "SPEC",
      description = {
        "a row, by the loss's specification; repeat it, or part rows by semicolons (default: "
            + USUAL
            + ")",
        "A task of several branches has one row for each --loss, such as 'a=ce;b=giou', or by a name:"
            + " of detection baseline, iou, giou and cse_a (default: all that have a name)."
      })
  private List<String> losses = List.of();

  @Option(
      names = "--searched",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "NAME=FILE",
      description = "a row, by its name and the JSON artefact of a searched loss; repeat it")
  private Map<String, Path> searched = new LinkedHashMap<>();

  /** Specifications or artefacts by the names of their rows. */
  Map<String, String> of(Task opened) {
    Map<String, String> rows = new LinkedHashMap<>();
    Map<String, String> named = opened.namedLosses();
    specifications(opened)
        .forEach(loss -> rows.put(loss, fixed(named.getOrDefault(loss, loss), opened)));
    searched.forEach(
        (name, file) -> {
          if (rows.put(name, read(file, opened)) != null) {
            throw new IllegalArgumentException(
                "--searched: expected a name that no other row has, got " + name);
          }
        });
    return rows;
  }

  /** What the searches took whose artefacts still lie in their runs, by the names of their rows. */
  Map<String, Effort> searches() throws IOException {
    Map<String, Effort> searches = new LinkedHashMap<>();
    for (Map.Entry<String, Path> row : searched.entrySet()) {
      Effort.ofSearch(row.getValue()).ifPresent(effort -> searches.put(row.getKey(), effort));
    }
    return searches;
  }

  private List<String> specifications(Task opened) {
    boolean single = opened.branches().size() == 1;
    if (losses.isEmpty()) {
      boolean usual = single && opened.branches().get(0).input() == LossInput.CLASSES;
      if (!opened.namedLosses().isEmpty()) {
        return List.copyOf(opened.namedLosses().keySet());
      }
      return usual ? List.of(USUAL.split(";")) : List.of(opened.baseline());
    }
    return parted(losses, opened);
  }

  /** Each loss by itself, where semicolons part losses and no branches. */
  static List<String> parted(List<String> losses, Task opened) {
    return opened.branches().size() == 1
        ? losses.stream().flatMap(text -> Arrays.stream(text.split(";"))).toList()
        : losses;
  }

  /**
   * A file may change under its name, and an operator's meaning with a version: what a training is
   * kept by is the artefact.
   */
  static String fixed(String specification, Task opened) {
    return specification.contains(".json") || specification.contains("expr:")
        ? artefact(specification, opened)
        : specification;
  }

  private static String read(Path file, Task opened) {
    if (opened.branches().size() > 1) {
      return artefact(Json.read(file, "a loss artefact (JSON)").toString(), opened);
    }
    try (Loss loss = Loss.read(file)) {
      return loss.toJson();
    }
  }

  private static String artefact(String specification, Task opened) {
    try (LossSet set = LossSet.parse(specification, opened.branchInputs())) {
      return set.toJson();
    }
  }
}

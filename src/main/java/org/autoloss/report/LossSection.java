package org.autoloss.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.autoloss.export.LatexFormula;
import org.autoloss.graph.GraphLoss;
import org.autoloss.graph.PairGraphLoss;
import org.autoloss.internal.Display;
import org.autoloss.internal.InputFiles;
import org.autoloss.internal.Json;
import org.autoloss.internal.Shell;
import org.autoloss.loss.CrossEntropyLoss;
import org.autoloss.loss.FormulaLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.plot.LossPicture;
import org.autoloss.plot.Picture;
import org.autoloss.surrogate.SurrogateLoss;

/** The loss that was found: formula, pictures, how to use it. */
final class LossSection {
  private static final String FOUND = "found.json";
  private static final String CANDIDATE = "candidate.json"; // shown where the answer is a baseline
  private static final String WHAT = "a loss artefact (JSON)";

  private LossSection() {}

  /**
   * What mustache shows; false where nothing was found yet.
   *
   * @param kind of the task; empty where the run does not say
   */
  static Object of(Path folder, String kind) throws IOException {
    Path found = folder.resolve(FOUND);
    if (!Files.exists(found)) {
      return false;
    }
    String why = Json.read(found, WHAT).at("/provenance/why").asText();
    Path candidate = folder.resolve(CANDIDATE);
    Path file = why.isEmpty() || !Files.exists(candidate) ? found : candidate;
    Map<String, Object> shown = new LinkedHashMap<>(of(file, InputFiles.text(file, WHAT), kind));
    shown.put("title", file.equals(found) ? "The loss that was found" : "The best candidate");
    shown.put("why", why.isEmpty() ? (Object) false : why);
    return shown;
  }

  private static Map<String, Object> of(Path file, String json, String kind) throws IOException {
    JsonNode artefact = Json.MAPPER.readTree(json);
    if (!LossSet.branches(artefact).isEmpty()) {
      return several(file, json, artefact, kind);
    }
    try (Loss loss = Loss.parse(json)) {
      List<Map<String, Object>> charts =
          LossPicture.of(loss).charts().stream().map(LossSection::chart).toList();
      return Map.of(
          "formulas", List.of(Map.of("branch", false, "formula", formula(loss))),
          "charts", charts,
          "usage", usage(file, kind),
          "latex", latex(loss),
          "json", json);
    }
  }

  /** A loss for each branch: formulas alone, since each compares something else. */
  private static Map<String, Object> several(
      Path file, String json, JsonNode artefact, String kind) {
    try (LossSet losses = LossSet.of(artefact)) {
      List<Map<String, Object>> formulas = new ArrayList<>();
      StringBuilder latex = new StringBuilder();
      for (String branch : LossSet.branches(artefact)) {
        Loss loss = losses.loss(branch);
        formulas.add(Map.of("branch", branch, "formula", formula(loss)));
        latex.append("% ").append(branch).append('\n').append(latex(loss));
      }
      return Map.of(
          "formulas",
          formulas,
          "charts",
          List.of(),
          "usage",
          command(file, kind),
          "latex",
          latex.toString(),
          "json",
          json);
    }
  }

  /** A baseline may have none. */
  private static String latex(Loss loss) {
    try {
      return LatexFormula.of(loss);
    } catch (IllegalArgumentException e) {
      return "% " + loss.toJson() + "\n";
    }
  }

  private static Map<String, Object> chart(Picture picture) {
    return DataUri.chart(picture, "Chart: " + picture.title(), "");
  }

  private static String formula(Loss loss) {
    if (loss instanceof WeightedSumLoss sum) {
      return sum.terms().stream()
          .map(term -> Display.rounded(term.weight() + " · (" + formula(term.loss()) + ")"))
          .collect(Collectors.joining(" + "));
    }
    if (loss instanceof GraphLoss graph) {
      return "Σ over classes of the mean over pixels of " + graph.graph();
    }
    if (loss instanceof PairGraphLoss graph) {
      return graph.input() == LossInput.BOXES
          ? "mean over boxes of " + graph.graph()
          : "Σ over channels of the mean over the rest of " + graph.graph();
    }
    if (loss instanceof FormulaLoss formula) {
      return formula.options().isEmpty()
          ? formula.kind()
          : formula.kind() + " with " + formula.options();
    }
    return loss instanceof SurrogateLoss surrogate ? surrogate(surrogate) : other(loss);
  }

  private static String other(Loss loss) {
    if (loss instanceof CrossEntropyLoss) {
      return "cross entropy";
    }
    JsonNode artefact = Json.parse(loss.toJson(), "a loss's toJson()");
    String options =
        artefact.properties().stream()
            .filter(field -> !List.of("autoloss", "kind").contains(field.getKey()))
            .map(
                field ->
                    field.getKey() + "=" + field.getValue().asText(field.getValue().toString()))
            .collect(Collectors.joining(","));
    return artefact.path("kind").asText() + (options.isEmpty() ? "" : ":" + options);
  }

  private static String surrogate(SurrogateLoss loss) {
    return switch (loss.parameters().metric()) {
      case MIOU -> "1 − mean over classes of ΣA(p)y / Σ(O(p) + y − O(p)y)";
      case FWIOU ->
          "1 − mean over classes, weighted by their share, of ΣA(p)y / Σ(O(p) + y − O(p)y)";
      case BIOU -> "1 − mean over classes of ΣA(p)y / Σ(O(p) + y − O(p)y), near label edges";
      case MACC -> "1 − mean over classes of ΣA(p)y / Σy";
      case GACC -> "1 − ΣA(p)y / Σy";
      case BF1 -> "1 − mean over classes of 2PR / (P + R), precision and recall of soft edges";
      default -> loss.toJson();
    };
  }

  private static String command(Path file, String kind) {
    return String.format(
        Locale.ROOT,
        "autoloss train --data DATA --loss %s --out network.ckpt%s",
        Shell.word(file),
        kind.isEmpty() ? "" : " --task " + kind);
  }

  private static String usage(Path file, String kind) {
    return String.format(
        Locale.ROOT,
        """
        %s

        // In your own training loop, Java:
        Loss loss = Loss.read(Path.of(%s));
        Tensor value = loss.apply(logits, labels);
        value.backward();""",
        command(file, kind),
        JsonNodeFactory.instance.textNode(file.toString())); // Java quotes as JSON does
  }
}

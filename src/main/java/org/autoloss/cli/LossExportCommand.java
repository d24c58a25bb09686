package org.autoloss.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.autoloss.export.LatexFormula;
import org.autoloss.export.PythonModule;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Json;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss loss export}. */
@Command(
    name = "export",
    description = "Writes a loss as JSON, as a PyTorch module in one file, or as LaTeX.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    footer = {
      "",
      "Examples:",
      "  autoloss loss export asl:found.json --format python --out found_loss.py",
      "  autoloss loss export 'expr:neg(mul(y,log(yhat)))' --format latex",
      "  autoloss loss export giou --out giou.py",
      "  autoloss loss export found.json --branch loss_box_reg --out found_loss.py"
    })
final class LossExportCommand implements Callable<Integer> {
  /** The languages that a loss can be written in. */
  enum Format {
    JSON,
    PYTHON,
    LATEX
  }

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Parameters(
      paramLabel = "SPEC",
      description =
          "the loss; or with --branch the JSON artefact of the losses of several branches")
  private String loss;

  @Option(
      names = "--branch",
      paramLabel = "NAME",
      description = "of such an artefact, the branch whose loss is written")
  private String branch;

  @Option(
      names = "--input",
      paramLabel = "INPUT",
      description = {
        "what the loss compares, for names that mean several: classes, binary, heatmap, boxes or",
        "deltas, as in: focal --input binary (default: the first of them that has the name)"
      })
  private String input;

  @Option(names = "--format", defaultValue = "PYTHON", description = "${COMPLETION-CANDIDATES}")
  private Format format;

  @Option(names = "--out", paramLabel = "FILE", description = "where to write; without it, print")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (out != null) {
      Outputs.requireFile(spec, "--out", out);
    }
    String text;
    if (branch != null) {
      try (LossSet set = LossSet.of(artefact())) {
        text = text(set.loss(branch));
      }
    } else {
      try (Loss exported =
          input == null ? Loss.parse(loss) : Loss.parse(loss, LossInput.of(input))) {
        text = text(exported);
      }
    }
    if (out == null) {
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
    } else {
      AtomicFiles.write(out, text);
    }
    return 0;
  }

  private JsonNode artefact() {
    JsonNode artefact =
        loss.stripLeading().startsWith("{")
            ? Json.parse(loss, "loss")
            : Json.read(Path.of(loss), "a loss artefact (JSON)");
    if (LossSet.branches(artefact).isEmpty()) {
      throw new IllegalArgumentException(
          "--branch: expected the artefact of several branches' losses, got that of one; leave the"
              + " option out");
    }
    return artefact;
  }

  private String text(Loss exported) {
    return switch (format) {
      case JSON -> exported.toJson() + "\n";
      case PYTHON -> PythonModule.of(exported);
      case LATEX -> LatexFormula.of(exported);
    };
  }
}

package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.autoloss.export.LatexFormula;
import org.autoloss.export.PythonModule;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.loss.Loss;
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
      "  autoloss loss export 'expr:neg(mul(y,log(yhat)))' --format latex"
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

  @Parameters(paramLabel = "SPEC", description = "the loss")
  private String loss;

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
    try (Loss exported = Loss.parse(loss)) {
      text =
          switch (format) {
            case JSON -> exported.toJson() + "\n";
            case PYTHON -> PythonModule.of(exported);
            case LATEX -> LatexFormula.of(exported);
          };
    }
    if (out == null) {
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
    } else {
      AtomicFiles.write(out, text);
    }
    return 0;
  }
}

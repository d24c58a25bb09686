package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.report.RunReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss report}. */
@Command(
    name = "report",
    description = {
      "Writes a search as one HTML file that opens offline.",
      "It has rewards, decisions, the loss with its curves, the comparison, example images, and what"
          + " it takes to reproduce it; metrics are in percent."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  autoloss report runs/asl-miou-0"})
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "the run's folder")
  private Path run;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "where to write (default: RUN/report.html)")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Path file = out == null ? run.resolve("report.html") : out;
    Outputs.requireFile(spec, "--out", file);
    AtomicFiles.write(file, RunReport.of(run));
    spec.commandLine().getOut().printf(Locale.ROOT, "The report is in %s.%n", file);
    spec.commandLine().getOut().flush();
    return 0;
  }
}

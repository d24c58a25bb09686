package org.autoloss.cli;

import org.autoloss.NativeLossException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line: {@code autoloss COMMAND}. */
@Command(
    name = "autoloss",
    description = "Searches loss functions for a metric, and trains with them.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:success", "1:failed; one sentence says why", "2:bad usage"},
    subcommands = {
      DataCommand.class,
      DoctorCommand.class,
      EvalCommand.class,
      LossCommand.class,
      MetricCommand.class,
      QuickstartCommand.class,
      ReportCommand.class,
      RunsCommand.class,
      SearchCommand.class,
      TableCommand.class,
      TrainCommand.class
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs a command and exits with its code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /**
   * The whole command line, ready to execute.
   *
   * @return a new instance
   */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(Main::explain);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  // Bad input is one sentence; anything else is a defect of ours and shows its stack trace.
  private static int explain(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    boolean expected =
        e instanceof IllegalArgumentException
            || e instanceof IllegalStateException
            || e instanceof NativeLossException
            || e instanceof java.io.IOException
            || e instanceof java.io.UncheckedIOException;
    line.getErr().println("autoloss: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
    if (!expected) {
      e.printStackTrace(line.getErr());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** Reads the version from the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"autoloss " + (version == null ? "(development)" : version)};
    }
  }
}

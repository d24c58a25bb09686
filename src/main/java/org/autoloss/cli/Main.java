package org.autoloss.cli;

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
  private static final String STACKTRACE = "autoloss.stacktrace";

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
    line.setExecutionStrategy(Main::run);
    line.setExecutionExceptionHandler((e, command, parsed) -> explain(e, command));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  // picocli hands on exceptions, but no errors: of these, memory that runs out and classes that do
  // not fit are for the user as well.
  private static int run(CommandLine.ParseResult parsed) {
    try {
      return new CommandLine.RunLast().execute(parsed);
    } catch (Error e) {
      return explain(e, parsed.commandSpec().commandLine());
    }
  }

  // Bad input is one sentence; anything else is a defect of ours and shows its stack trace.
  private static int explain(Throwable e, CommandLine line) {
    line.getErr().println("autoloss: " + Failures.sentence(e));
    if (!Failures.expected(e) || Boolean.getBoolean(STACKTRACE)) {
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

package org.autoloss.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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
      RepeatCommand.class,
      ReportCommand.class,
      ReproduceCommand.class,
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
    PrintStream out = utf8(FileDescriptor.out);
    PrintStream err = utf8(FileDescriptor.err);
    System.setOut(out);
    System.setErr(err);
    CommandLine line = commandLine();
    line.setOut(new PrintWriter(out, true, UTF_8)).setErr(new PrintWriter(err, true, UTF_8));
    Optional<String> unreadable = FileNames.unreadable(args);
    if (unreadable.isPresent()) {
      line.getErr().println("autoloss: " + unreadable.get());
      System.exit(CommandLine.ExitCode.SOFTWARE);
    }
    System.exit(line.execute(args));
  }

  // Results are files and lines of JSON for other programs, whose encoding is no matter of taste.
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, UTF_8);
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
    line.setParameterExceptionHandler((e, words) -> refuse(e));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    return line;
  }

  /**
   * A page of help would push what is wrong off the screen; where a command is wanted, it says
   * which.
   */
  private static int refuse(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    if (command.getSubcommands().isEmpty()) {
      err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    } else {
      command.usage(err);
    }
    err.flush();
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  // picocli hands on exceptions, but no errors: of these, memory that runs out and classes that do
  // not fit are for the user as well.
  private static int run(CommandLine.ParseResult parsed) {
    try (Plugins plugins = plugins(parsed)) {
      return new CommandLine.RunLast().execute(parsed);
    } catch (IOException | IllegalArgumentException | Error e) {
      return explain(e, parsed.commandSpec().commandLine());
    }
  }

  /**
   * What the command and those that it is a part of name as plugins; null where that is nothing.
   */
  static Plugins plugins(CommandLine.ParseResult parsed) {
    List<Path> paths =
        parsed.asCommandLineList().stream()
            .map(line -> line.getCommandSpec().mixins().get(PluginOptions.NAME))
            .filter(Objects::nonNull)
            .flatMap(mixin -> ((PluginOptions) mixin.userObject()).paths().stream())
            .distinct()
            .toList();
    return paths.isEmpty() ? null : Plugins.open(paths);
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

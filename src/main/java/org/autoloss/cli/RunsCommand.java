package org.autoloss.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code autoloss runs ACTION}. */
@Command(
    name = "runs",
    description = "Lists runs, shows one, also while it goes on, and exports what it measured.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "ACTION",
    subcommands = {RunsListCommand.class, RunsShowCommand.class, RunsExportCommand.class})
final class RunsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "an action is missing");
  }
}

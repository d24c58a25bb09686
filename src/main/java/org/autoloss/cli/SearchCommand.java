package org.autoloss.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code autoloss search METHOD}. */
@Command(
    name = "search",
    description = "Searches a loss for a metric.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "METHOD",
    subcommands = {
      SearchAslCommand.class,
      SearchZeroCommand.class,
      SearchRandomCommand.class,
      SearchCorrelateCommand.class,
      SearchResumeCommand.class
    })
final class SearchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a method is missing");
  }
}

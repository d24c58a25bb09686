package org.autoloss.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Where a command's progress goes: to standard error, so that results can be piped. */
final class Terminal {
  private Terminal() {}

  static Progress progress(CommandSpec spec) {
    PrintWriter err = spec.commandLine().getErr();
    return new Progress(err, System.console() != null && System.getenv("TERM") != null);
  }
}

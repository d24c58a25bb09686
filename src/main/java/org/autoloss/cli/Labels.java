package org.autoloss.cli;

import java.io.PrintWriter;
import org.autoloss.task.Task;
import picocli.CommandLine.Model.CommandSpec;

/** What the data of a task lack: a person may take void for success. */
final class Labels {
  private Labels() {}

  /** Warns on standard error. */
  static void warn(CommandSpec spec, Task task) {
    PrintWriter err = spec.commandLine().getErr();
    task.warnings().forEach(warning -> err.println("warning: " + warning));
    err.flush();
  }
}

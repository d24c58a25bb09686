package org.autoloss.cli;

import java.io.PrintWriter;
import org.autoloss.task.Task;
import picocli.CommandLine.Model.CommandSpec;

/** What the data of a task lack, and its weights: a person may take void for success. */
final class Labels {
  private Labels() {}

  /** Warns on standard error. */
  static void warn(CommandSpec spec, Task task) {
    PrintWriter err = spec.commandLine().getErr();
    task.initialWeights().ifPresent(report -> err.println("init: " + report.summary()));
    task.warnings().forEach(warning -> err.println("warning: " + warning));
    err.flush();
  }
}

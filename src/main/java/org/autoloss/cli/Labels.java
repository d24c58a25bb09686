package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import org.autoloss.task.Task;
import picocli.CommandLine.Model.CommandSpec;

/** What the data of a task lack, and its weights: a person may take void for success. */
final class Labels {
  private Labels() {}

  /** Puts both, for programs. */
  static void putInto(ObjectNode line, Task task) {
    task.initialWeights().ifPresent(report -> line.set("init", report.toJson()));
    line.set("labels", task.contents());
  }

  /** Warns on standard error. */
  static void warn(CommandSpec spec, Task task) {
    PrintWriter err = spec.commandLine().getErr();
    task.initialWeights().ifPresent(report -> err.println("init: " + report.summary()));
    task.warnings().forEach(warning -> err.println("warning: " + warning));
    err.flush();
  }
}

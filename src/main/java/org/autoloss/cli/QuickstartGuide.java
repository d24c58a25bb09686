package org.autoloss.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.autoloss.internal.Shell;
import org.autoloss.task.Quickstart;

/**
 * What a quickstart says at its end: where things lie, and what to do next.
 *
 * @param recipe of the task
 * @param task the option that names the task, with a space before it; empty for the usual one
 * @param data that were drawn
 * @param run the run's folder
 */
record QuickstartGuide(Quickstart recipe, String task, Path data, Path run) {
  private static final String ONE_BRANCH =
      """
        try (Loss loss = Loss.read(Path.of("%s"))) {
          Tensor value = loss.apply(logits, labels);
          value.backward();
        }
      """;
  private static final String SEVERAL_BRANCHES =
      """
        try (LossSet losses = LossSet.parse("%s", task.branchInputs())) {
          Tensor value = losses.apply(model.forward(step));
          value.backward();
        }
      """;

  /** The text, for a network of so many branches. */
  String text(int branches) {
    String java = branches == 1 ? ONE_BRANCH : SEVERAL_BRANCHES;
    return String.format(
        Locale.ROOT,
"""

Files
  %1$s   %2$s
  %3$s   the run: config.json, run.db (every training), table.md, report.html
  %4$s   the loss
Look at the losses, their rewards and what the networks see: open %5$s
Use the loss in Java
%6$sor on the command line
  ./autoloss train%7$s --loss %8$s --out net.ckpt
  ./autoloss eval%7$s --checkpoint net.ckpt
Search a loss for another metric
  ./autoloss search %9$s%7$s --metric %10$s
""",
        data,
        recipe.data().description(),
        run,
        found(),
        run.resolve("report.html"),
        String.format(Locale.ROOT, java, found()),
        ground(),
        Shell.word(found()),
        method(),
        recipe.search().other());
  }

  private Path found() {
    return run.resolve("found.json");
  }

  /** The options that mean this task, these data and this network. */
  private String ground() {
    String network = recipe.options().isEmpty() ? "" : " " + recipe.options();
    return task + " --data " + Shell.word(data) + network;
  }

  private String method() {
    return recipe.search().method() instanceof Quickstart.Graphs graphs
        ? "zero" + (graphs.branches().isEmpty() ? "" : branches(graphs))
        : "asl";
  }

  private static String branches(Quickstart.Graphs graphs) {
    return " --branches " + String.join(",", graphs.branches());
  }
}

package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.autoloss.Device;
import org.autoloss.experiment.Budget;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SavedTask;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.experiment.StoppingRule;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.Workers;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ProposedLosses;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.RunReader;
import org.autoloss.task.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss search resume}. */
@Command(
    name = "resume",
    description = {
      "Goes on with a search that was interrupted, or ended by its budget, to the results of one"
          + " that was not.",
      "Options are those of the run; nothing that was measured is measured again.",
      "Metrics are in percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class SearchResumeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Parameters(paramLabel = "RUN", description = "the run's folder")
  private Path run;

  @Mixin private LimitOptions limit;

  @Mixin private ExecutorOptions executor;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Mixin private MovedOptions moved;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    requireSearch();
    Budget end = limit.limit();
    executor.check();
    try (Interruption watch = Interruption.watch(spec, run);
        Workers pool = Workers.of(workers);
        RunFolder log = RunFolder.resume(run);
        Progress progress = Terminal.progress(spec);
        ExecutorOptions.Trainers trainers = executor.open(pool, progress::message)) {
      ObjectNode configuration = log.configuration();
      requireFormat(configuration);
      Task task = SavedTask.of(run, configuration, moved.places());
      Labels.warn(spec, task);
      SearchPlan plan = SavedTask.plan(run, configuration, task);
      AutoLossZero zero = zero(plan.method());
      if (zero != null) {
        Device device = zero.rejection().device();
        device.requireUsable(run + ", which screens on " + device, "go on where there is one");
      }
      if (limit.given() && !StoppingRule.set(log, end)) {
        progress.message(run + ": the search has come to its own end; the limit changes nothing");
      }
      LossSearch search = new LossSearch(task, plan, log, progress);
      new SearchOutput(spec, run, task, json)
          .print(search.run(trainers.executors()), plan.method());
    }
    return 0;
  }

  /** The method that screens candidates; null for the others. */
  private static AutoLossZero zero(SearchMethod method) {
    return method instanceof ProposedLosses proposed
        ? proposed.zero()
        : method instanceof AutoLossZero zero ? zero : null;
  }

  private void requireFormat(ObjectNode configuration) {
    try {
      SearchPlan.requireFormat(configuration);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(run + ": " + e.getMessage(), e);
    }
  }

  private void requireSearch() throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      String method = reader.info().method();
      if (method.equals("table")) {
        throw new IllegalArgumentException(
            run
                + ": expected the run of a search, got a table; repeat its command, which goes on"
                + " where it was");
      }
      if (method.contains("-")) {
        throw new IllegalArgumentException(
            run + ": expected the run of a search, got one of " + method + "; start it again");
      }
    }
  }
}

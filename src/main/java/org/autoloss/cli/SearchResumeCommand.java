package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.autoloss.run.AslExperiment;
import org.autoloss.run.AslPlan;
import org.autoloss.run.Limit;
import org.autoloss.run.RunFolder;
import org.autoloss.run.SavedTask;
import org.autoloss.run.SegmentationTask;
import org.autoloss.run.ZeroExperiment;
import org.autoloss.run.ZeroPlan;
import org.autoloss.run.journal.RunReader;
import org.autoloss.search.Workers;
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

  @Parameters(paramLabel = "RUN", description = "the run's folder")
  private Path run;

  @Mixin private LimitOptions limit;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where the data lies now (default: where it lay)")
  private Path data;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    String method = method();
    Limit end = limit.limit();
    try (Interruption watch = Interruption.watch(spec, run);
        Workers pool = Workers.of(workers);
        RunFolder log = RunFolder.resume(run);
        Progress progress = Terminal.progress(spec)) {
      ObjectNode configuration = log.configuration();
      if (method.equals("zero")) {
        ZeroPlan.requireOperators(run, configuration);
      }
      SegmentationTask task = SavedTask.of(run, configuration, data);
      Labels.warn(spec, task.labels());
      if (limit.given() && !log.limit(end)) {
        progress.message(run + ": the search has come to its own end; the limit changes nothing");
      }
      SearchOutput output = new SearchOutput(spec, run, task.labels(), json);
      if (method.equals("asl")) {
        AslPlan plan = SavedTask.read(run, configuration, AslPlan::of);
        output.print(new AslExperiment(task, plan, log, progress).run(pool));
      } else {
        ZeroPlan plan = SavedTask.read(run, configuration, ZeroPlan::of);
        plan.screenOn()
            .requireUsable(
                run + ", which screens on " + plan.screenOn(), "go on where there is one");
        output.print(new ZeroExperiment(task, plan, log, progress).run(pool));
      }
    }
    return 0;
  }

  private String method() throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      String method = reader.info().method();
      return switch (method) {
        case "asl", "zero" -> method;
        case "table" ->
            throw new IllegalArgumentException(
                run
                    + ": expected the run of a search, got a table; repeat its command, which goes"
                    + " on where it was");
        default ->
            throw new IllegalArgumentException(
                run + ": expected the run of a search, got one of " + method + "; start it again");
      };
    }
  }
}

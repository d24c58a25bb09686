package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Destination;
import org.autoloss.internal.MissingFolders;
import org.autoloss.internal.Shell;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.report.RunPictures;
import org.autoloss.report.RunReport;
import org.autoloss.report.Standing;
import org.autoloss.search.Workers;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.RunReader;
import org.autoloss.task.Quickstart;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.Task;
import org.autoloss.task.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss quickstart}: what a task's {@link Quickstart} says, from start to end. */
@Command(
    name = "quickstart",
    description = {
      "Does the main job from start to end, in less than five minutes on two cores.",
      "That is: draws scenes, trains a small network by the usual losses, searches a loss for the"
          + " task's metric, trains by it, and compares it with the usual losses; metrics are in"
          + " percent, with --json fractions."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class QuickstartCommand implements Callable<Integer> {
  private static final String SEGMENTATION = "segmentation";

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Option(
      names = "--task",
      defaultValue = SEGMENTATION,
      paramLabel = "KIND",
      description =
          "segmentation, detection, instances, pose, or a task of your own that has a quickstart")
  private String kind;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = {
        "folder to make, for the scenes and the run (default: quickstart; of other tasks",
        "quickstart-KIND)"
      })
  private Path folder;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Mixin private DeviceOptions device;

  // For tests: the whole way in seconds, with results that mean nothing.
  @Option(names = "--effort", defaultValue = "1", hidden = true)
  private double effort;

  @Override
  public Integer call() throws IOException {
    Quickstart recipe = recipe();
    folder = folder == null ? Path.of(isUsual() ? "quickstart" : "quickstart-" + kind) : folder;
    Path data = folder.resolve("scenes");
    Path run = folder.resolve("run");
    Destination.requireNewFolder("--dir", folder, remedy(run));
    MissingFolders missing = MissingFolders.above(data);
    LossSearch.Result result;
    Task task;
    try (Interruption watch = Interruption.watch(spec, () -> hint(run));
        Workers pool = Workers.of(workers);
        Progress progress = Terminal.progress(spec)) {
      draw(recipe.data(), data, progress);
      task = Tasks.open(settings(recipe, data));
      SearchPlan plan = QuickstartPlan.of(recipe, task, seed);
      result =
          RunFolder.start(
              run,
              plan.method().name(),
              LossSearch.configuration(task, plan),
              log ->
                  new LossSearch(task, plan, log, progress).run(LossSearch.Executors.local(pool)));
      Path report = run.resolve("report.html");
      RunPictures.attempt(
          "report.html", progress, () -> AtomicFiles.write(report, RunReport.of(run)));
    } catch (IOException | RuntimeException | Error e) {
      removeUnused(recipe.data(), data, run, missing);
      throw e;
    }
    print(recipe, data, new SearchOutput(spec, run, task, json), result);
    return 0;
  }

  private Quickstart recipe() {
    return Tasks.factory(kind)
        .quickstart(new Quickstart.Size(seed, effort))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--task: expected a task that has a quickstart, such as segmentation, got "
                        + kind
                        + "; begin with autoloss data and autoloss train instead"));
  }

  private boolean isUsual() {
    return kind.equals(SEGMENTATION);
  }

  /** What to do where the folder is in use. */
  private static String remedy(Path run) {
    String other = "give another one with --dir, or move it away";
    return RunReader.isRun(run)
        ? "go on with its run by: autoloss search resume " + Shell.word(run) + "; or " + other
        : other;
  }

  /** What other commands need to mean this task. */
  private String taskOption() {
    return isUsual() ? "" : " --task " + Shell.word(kind);
  }

  /** Where nothing was trained nothing stays, so that the command can be repeated. */
  private static void removeUnused(
      Quickstart.Drawing drawing, Path data, Path run, MissingFolders missing) throws IOException {
    if (!RunReader.isRun(run)) {
      drawing.remove(data);
      missing.removeEmpty();
    }
  }

  private String hint(Path run) {
    return RunReader.isRun(run)
        ? "Go on with: autoloss search resume " + Shell.word(run)
        : "Nothing was searched yet; delete "
            + folder
            + ", and begin again with: autoloss quickstart"
            + taskOption()
            + " --dir "
            + folder;
  }

  private static void draw(Quickstart.Drawing drawing, Path data, Progress progress)
      throws IOException {
    progress.started("scenes", drawing.size());
    drawing.draw(data, done -> progress.advanced());
  }

  private ObjectNode settings(Quickstart recipe, Path data) {
    ObjectNode settings =
        recipe.settings().deepCopy().put("kind", kind).put("data", data.toString());
    Map<Split, String> lists = new EnumMap<>(Split.class);
    for (Split split : List.of(Split.WARM, Split.TRAIN, Split.REWARD, Split.TEST)) {
      lists.put(split, split.label());
    }
    SplitNames.putInto(settings, lists);
    device.addTo(settings);
    return settings;
  }

  private void print(Quickstart recipe, Path data, SearchOutput output, LossSearch.Result result)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(output.line(result));
    } else {
      out.printf(
          Locale.ROOT,
          "%nMetrics on the test split in percent, mean and standard error of %d seeds:%n%n",
          recipe.search().testSeeds());
      out.println(result.standing().toMarkdown());
      out.print(verdict(result, Standing.baseline(output.task().baseline())));
      out.print(
          new QuickstartGuide(recipe, taskOption(), data, output.run())
              .text(output.task().branches().size()));
    }
    out.flush();
  }

  private static String verdict(LossSearch.Result result, String baseline) {
    Standing standing = result.standing();
    ObjectiveMetric metric = standing.objective();
    double usual = standing.table().mean(baseline, metric);
    double found = standing.table().mean(Standing.FOUND, metric);
    return String.format(
        Locale.ROOT,
        "The searched loss is %.2f points of %s %s %s.%n",
        100 * Math.abs(found - usual),
        metric.label(),
        found > usual ? "above" : "below",
        baseline.equals(Standing.BASELINE) ? "the baseline" : baseline);
  }
}

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
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Json;
import org.autoloss.internal.MissingFolders;
import org.autoloss.internal.Shell;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.report.Standing;
import org.autoloss.search.Workers;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.RunReader;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.Task;
import org.autoloss.task.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss quickstart}. */
@Command(
    name = "quickstart",
    description = {
      "Does the main job from start to end, in less than five minutes on two cores.",
      "That is: draws scenes, searches a loss for mIoU, trains by it, and compares it with cross"
          + " entropy; metrics are in percent, with --json fractions."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class QuickstartCommand implements Callable<Integer> {
  private static final SegmentationMetric METRIC = SegmentationMetric.MIOU;
  private static final int SIZE = 64;
  private static final int CLASSES = 8;
  private static final int WIDTH = 8;
  private static final int BATCH = 8;
  private static final double LEARNING_RATE = 0.2;
  private static final double MAX_SCALE = 1.25;

  @Spec private CommandSpec spec;

  @Option(
      names = "--dir",
      defaultValue = "quickstart",
      paramLabel = "DIR",
      description = "folder to make, for the scenes and the run")
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
    Destination.requireNewFolder("--dir", folder, "give another one with --dir, or move it away");
    Path data = folder.resolve("scenes");
    Path run = folder.resolve("run");
    MissingFolders missing = MissingFolders.above(data);
    LossSearch.Result result;
    Task task;
    try (Interruption watch = Interruption.watch(spec, () -> hint(run));
        Workers pool = Workers.of(workers);
        Progress progress = Terminal.progress(spec)) {
      draw(data, progress);
      task = Tasks.open(settings(data));
      SearchPlan plan = plan();
      result =
          RunFolder.start(
              run,
              plan.method().name(),
              LossSearch.configuration(task, plan),
              log ->
                  new LossSearch(task, plan, log, progress).run(LossSearch.Executors.local(pool)));
    } catch (IOException | RuntimeException | Error e) {
      removeUnused(data, run, missing);
      throw e;
    }
    print(data, new SearchOutput(spec, run, task, json), result);
    return 0;
  }

  /** Where nothing was trained nothing stays, so that the command can be repeated. */
  private static void removeUnused(Path data, Path run, MissingFolders missing) throws IOException {
    if (!RunReader.isRun(run)) {
      SceneSet.remove(data);
      missing.removeEmpty();
    }
  }

  private String hint(Path run) {
    return RunReader.isRun(run)
        ? "Go on with: autoloss search resume " + Shell.word(run)
        : "Nothing was searched yet; delete "
            + folder
            + ", and begin again with: autoloss quickstart --dir "
            + folder;
  }

  private void draw(Path data, Progress progress) throws IOException {
    SceneOptions options = new SceneOptions(SceneFamily.PARK, SIZE, CLASSES, seed, false);
    SceneSet scenes =
        new SceneSet(
            options,
            Map.of(
                SceneSplit.WARM, scaled(400),
                SceneSplit.TRAIN, scaled(400),
                SceneSplit.REWARD, scaled(150),
                SceneSplit.TEST, scaled(250)));
    progress.started("scenes", scenes.size());
    scenes.write(data, false, done -> progress.advanced());
  }

  private ObjectNode settings(Path data) {
    ObjectNode settings =
        Json.MAPPER
            .createObjectNode()
            .put("kind", "segmentation")
            .put("data", data.toString())
            .put("network", "unet")
            .put("width", WIDTH)
            .put("crop", SIZE)
            .put("evaluate", "whole")
            .put("minScale", 1 / MAX_SCALE)
            .put("maxScale", MAX_SCALE)
            .put("batchSize", BATCH)
            .put("learningRate", LEARNING_RATE);
    Map<Split, String> lists = new EnumMap<>(Split.class);
    for (Split split : List.of(Split.WARM, Split.TRAIN, Split.REWARD, Split.TEST)) {
      lists.put(split, split.label());
    }
    SplitNames.putInto(settings, lists);
    device.addTo(settings);
    SearchMethodCommand.METRICS.forEach(settings.putArray("metrics")::add);
    return settings;
  }

  private SearchPlan plan() {
    return new SearchPlan(
        ObjectiveMetric.of(METRIC),
        new AutoSegLoss(PpoSettings.of(6, 8)),
        scaled(800),
        scaled(100),
        scaled(250),
        3,
        2,
        3,
        seed);
  }

  private int scaled(int full) {
    return Math.max(2, (int) Math.round(effort * full));
  }

  private void print(Path data, SearchOutput output, LossSearch.Result result) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(output.line(result));
    } else {
      out.printf(
          Locale.ROOT,
          "%nMetrics on the test split in percent, mean and standard error of 3 seeds:%n%n");
      out.println(result.standing().toMarkdown());
      out.print(verdict(result));
      out.print(next(data, output.run()));
    }
    out.flush();
  }

  private static String verdict(LossSearch.Result result) {
    double baseline = result.standing().table().mean(Standing.CROSS_ENTROPY, METRIC.label());
    double found = result.standing().table().mean(Standing.FOUND, METRIC.label());
    return String.format(
        Locale.ROOT,
        "The searched loss is %.2f points of %s %s cross entropy.%n",
        100 * Math.abs(found - baseline),
        METRIC.label(),
        found > baseline ? "above" : "below");
  }

  private static String next(Path data, Path run) {
    Path found = run.resolve("found.json");
    return String.format(
        Locale.ROOT,
"""

Files
  %1$s   the scenes, in the layout of PASCAL VOC
  %2$s   the run: config.json, run.db (every training), table.md
  %3$s   the loss
Use the loss in Java
  try (Loss loss = Loss.read(Path.of("%3$s"))) {
    Tensor value = loss.apply(logits, labels);
    value.backward();
  }
or on the command line
  ./autoloss train --data %4$s --loss %5$s --out net.ckpt
  ./autoloss eval  --data %4$s --checkpoint net.ckpt
Search a loss for another metric
  ./autoloss search asl --data %4$s --metric mAcc
""",
        data,
        run,
        found,
        Shell.word(data),
        Shell.word(found));
  }
}

package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.autoloss.metric.Goal;
import org.autoloss.run.AslExperiment;
import org.autoloss.run.AslPlan;
import org.autoloss.run.Limit;
import org.autoloss.run.RunFolder;
import org.autoloss.run.SegmentationTask;
import org.autoloss.search.Workers;
import org.autoloss.search.asl.AslSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss search asl}. */
@Command(
    name = "asl",
    description = {
      "Searches the parameters of a metric's surrogate by PPO2 (Auto Seg-Loss, ICLR 2021).",
      "Leaves the loss in found.json of the run's folder, ready for: autoloss train --loss"
          + " asl:DIR/found.json"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class SearchAslCommand implements Callable<Integer> {
  /** The sizes of a search; each option overrides one of them. */
  enum Preset {
    QUICK(8, 12, 400, 150, 400, 64, 8),
    PAPER(12, 32, 10_000, 1_000, 10_000, 128, 32);

    private final int steps;
    private final int samples;
    private final int warmSteps;
    private final int proxySteps;
    private final int finalSteps;
    private final int crop;
    private final int batch;

    Preset(
        int steps,
        int samples,
        int warmSteps,
        int proxySteps,
        int finalSteps,
        int crop,
        int batch) {
      this.steps = steps;
      this.samples = samples;
      this.warmSteps = warmSteps;
      this.proxySteps = proxySteps;
      this.finalSteps = finalSteps;
      this.crop = crop;
      this.batch = batch;
    }
  }

  @Spec private CommandSpec spec;

  @Mixin private TaskOptions task;

  @Mixin private LimitOptions limit;

  @Option(
      names = "--metric",
      required = true,
      description = {
        "mIoU, FWIoU, mAcc, gAcc, BIoU or BF1,",
        "or the weighted mean of several: mIoU+BF1, 0.7*mIoU+0.3*BF1"
      })
  private String metric;

  @Option(
      names = "--preset",
      defaultValue = "QUICK",
      description = {
        "${COMPLETION-CANDIDATES}.",
        "quick: 8 steps of 12 samples, proxies of 150 steps, crops of 64, batches of 8;",
        "paper: 12 steps of 32 samples, proxies of 1,000 steps, crops of 128, batches of 32."
      })
  private Preset preset;

  @Option(names = "--steps", description = "steps of the search (default: the preset's)")
  private Integer steps;

  @Option(names = "--samples", description = "samples in a step (default: the preset's)")
  private Integer samples;

  @Option(names = "--warm-steps", description = "of the warm start (default: the preset's)")
  private Integer warmSteps;

  @Option(names = "--proxy-steps", description = "of each proxy (default: the preset's)")
  private Integer proxySteps;

  @Option(
      names = "--final-steps",
      description = "of each confirming training (default: the preset's)")
  private Integer finalSteps;

  @Option(names = "--top", defaultValue = "4", description = "candidates to confirm")
  private int top;

  @Option(names = "--seeds", defaultValue = "3", description = "trainings of each confirmation")
  private int seeds;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "runs",
      paramLabel = "DIR",
      description = "folder that holds the runs")
  private Path runs;

  @Option(names = "--name", description = "the run's folder (default: asl-METRIC-SEED)")
  private String name;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    AslPlan plan = plan();
    Limit end = limit.limit();
    Workers pool = Workers.of(workers);
    SegmentationTask ground = new SegmentationTask(task.settings(preset.crop, preset.batch));
    Path folder = runs.resolve(name == null ? defaultName(plan.goal()) : name);
    try (Interruption watch = Interruption.watch(spec, folder);
        pool;
        RunFolder log = RunFolder.create(folder, "asl", AslExperiment.configuration(ground, plan));
        Progress progress = Terminal.progress(spec)) {
      if (limit.given()) {
        log.limit(end);
      }
      AslExperiment experiment = new AslExperiment(ground, plan, log, progress);
      progress.message(experiment.cost(pool).toString());
      new SearchOutput(spec, folder, json).print(experiment.run(pool));
    }
    return 0;
  }

  private AslPlan plan() {
    return new AslPlan(
        Goal.parse(metric),
        AslSettings.of(or(steps, preset.steps), or(samples, preset.samples)),
        or(warmSteps, preset.warmSteps),
        or(proxySteps, preset.proxySteps),
        or(finalSteps, preset.finalSteps),
        top,
        seeds,
        seeds,
        seed);
  }

  private String defaultName(Goal goal) {
    return "asl-" + goal.fileName() + "-" + seed;
  }

  private static int or(Integer given, int preset) {
    return given == null ? preset : given;
  }
}

package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
          + " asl:DIR/found.json.",
      "Metrics are in percent; with --json fractions, where 0.25 is 25 percent."
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

  @Mixin private SearchOptions search;

  @Mixin private LimitOptions limit;

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

  @Override
  public Integer call() throws IOException {
    AslPlan plan = plan();
    Limit end = limit.limit();
    Workers pool = Workers.of(search.workers);
    SegmentationTask ground = new SegmentationTask(task.settings(preset.crop, preset.batch));
    Labels.warn(spec, ground.labels());
    Path folder = search.folder("asl");
    try (Interruption watch = Interruption.watch(spec, folder);
        pool;
        RunFolder log = RunFolder.create(folder, "asl", AslExperiment.configuration(ground, plan));
        Progress progress = Terminal.progress(spec)) {
      if (limit.given()) {
        log.limit(end);
      }
      AslExperiment experiment = new AslExperiment(ground, plan, log, progress);
      progress.message(experiment.cost(pool).toString());
      new SearchOutput(spec, folder, ground.labels(), search.json).print(experiment.run(pool));
    }
    return 0;
  }

  private AslPlan plan() {
    return new AslPlan(
        search.goal(),
        AslSettings.of(
            SearchOptions.or(steps, preset.steps), SearchOptions.or(samples, preset.samples)),
        search.warmSteps(preset.warmSteps),
        search.proxySteps(preset.proxySteps),
        search.finalSteps(preset.finalSteps),
        search.top,
        search.seeds,
        search.seeds,
        search.seed);
  }
}

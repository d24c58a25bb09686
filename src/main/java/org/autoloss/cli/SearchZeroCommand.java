package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.autoloss.KernelDevice;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;
import org.autoloss.run.Limit;
import org.autoloss.run.RunFolder;
import org.autoloss.run.SegmentationTask;
import org.autoloss.run.ZeroAblation;
import org.autoloss.run.ZeroExperiment;
import org.autoloss.run.ZeroExploration;
import org.autoloss.run.ZeroPlan;
import org.autoloss.run.journal.RunReader;
import org.autoloss.search.Workers;
import org.autoloss.search.zero.ZeroSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss search zero}. */
@Command(
    name = "zero",
    description = {
      "Evolves a loss from primitive operators (AutoLoss-Zero, CVPR 2022).",
      "Leaves the loss in found.json of the run's folder, ready for: autoloss train --loss"
          + " graph:DIR/found.json; its family tree is in family.md.",
      "Metrics are in percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class SearchZeroCommand implements Callable<Integer> {
  /** The sizes of a search; each option overrides one of them. */
  enum Preset {
    QUICK(300, 400, 150, 400, 64, 8),
    PAPER(2_000, 10_000, 1_000, 10_000, 128, 32);

    private final int proxies;
    private final int warmSteps;
    private final int proxySteps;
    private final int finalSteps;
    private final int crop;
    private final int batch;

    Preset(int proxies, int warmSteps, int proxySteps, int finalSteps, int crop, int batch) {
      this.proxies = proxies;
      this.warmSteps = warmSteps;
      this.proxySteps = proxySteps;
      this.finalSteps = finalSteps;
      this.crop = crop;
      this.batch = batch;
    }

    RejectionSettings rejection(Goal goal) {
      Metric metric = goal.metrics().get(0);
      return this == PAPER ? RejectionSettings.paper(metric) : RejectionSettings.of(metric);
    }
  }

  private static final String SCREEN_ON = "--screen-on";

  @Spec private CommandSpec spec;

  @Mixin private TaskOptions task;

  @Mixin private SearchOptions search;

  @Mixin private LimitOptions limit;

  @Option(
      names = "--preset",
      defaultValue = "QUICK",
      description = {
        "${COMPLETION-CANDIDATES}.",
        "quick: 300 proxies of 150 steps, crops of 64, batches of 8; rejection in 5 steps;",
        "paper: 2,000 proxies of 1,000 steps, crops of 128, batches of 32; rejection in 500."
      })
  private Preset preset;

  @Option(names = "--proxies", description = "candidates to train (default: the preset's)")
  private Integer proxies;

  @Option(
      names = "--threshold",
      defaultValue = "0.6",
      description = "of the rejection protocol, a fraction: 0.6 is 60 percent")
  private double threshold;

  @Option(
      names = "--samples",
      defaultValue = "5",
      description = "label maps that candidates are tried out on")
  private int samples;

  @Option(
      names = "--sample-size",
      defaultValue = "32",
      description = "height and width of those label maps, in pixels")
  private int sampleSize;

  @Option(
      names = SCREEN_ON,
      defaultValue = "cpu",
      paramLabel = "DEVICE",
      description =
          "where candidates are tried out: cpu, cuda or cuda:N (needs an NVIDIA GPU and a build with"
              + " CUDA kernels)")
  private String screenOn;

  @Option(
      names = "--rejection",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "whether candidates must pass the rejection protocol")
  private boolean rejection;

  @Option(
      names = "--equivalence",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "whether candidates with known gradients take the known score")
  private boolean equivalence;

  @Option(
      names = "--early-stop",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "whether a proxy ends as soon as its loss is NaN or infinite")
  private boolean earlyStop;

  @Option(
      names = "--ablation",
      description =
          "instead of a search, compares how many losses are explored without and with each"
              + " economy; prints the table")
  private boolean ablation;

  @Option(
      names = "--ablation-seconds",
      defaultValue = "60",
      description = "for each row of that table")
  private double ablationSeconds;

  @Option(
      names = "--ablation-rows",
      split = ",",
      paramLabel = "ROW",
      description =
          "of that table: NAIVE, REJECTION, EQUIVALENCE and EARLY_STOP, which add up;"
              + " ONLY_EQUIVALENCE, ONLY_EARLY_STOP")
  private List<ZeroAblation.Variant> ablationRows = ZeroAblation.Variant.PAPER;

  @Option(
      names = "--explore",
      paramLabel = "COUNT",
      description =
          "instead of a search, explores so many losses without trainings, by the score of the"
              + " rejection protocol; prints what became of them and how fast")
  private Long explore;

  @Override
  public Integer call() throws IOException {
    if (explore != null && (explore < 1 || ablation)) {
      throw new IllegalArgumentException(
          "--explore: expected 1 or more losses, and no --ablation, got "
              + explore
              + (ablation ? " with --ablation" : ""));
    }
    ZeroPlan plan = plan();
    plan.screenOn().requireUsable(SCREEN_ON, "leave it out to use the CPU");
    Limit end = limit.limit();
    Workers pool = Workers.of(search.workers);
    SegmentationTask ground = new SegmentationTask(task.settings(preset.crop, preset.batch));
    Labels.warn(spec, ground.labels());
    Path folder = search.folder(kind());
    try (Interruption watch = watch(folder);
        pool;
        RunFolder log =
            RunFolder.create(folder, kind(), ZeroExperiment.configuration(ground, plan));
        Progress progress = Terminal.progress(spec)) {
      SearchOutput output = new SearchOutput(spec, folder, ground.labels(), search.json);
      if (explore != null) {
        ZeroExploration.Result result =
            new ZeroExploration(ground, plan, log, progress).run(explore);
        output.print(
            search.json
                ? result.toJson().toString()
                : "\n" + result.toMarkdown() + "\n" + result.speed());
      } else if (ablation) {
        ZeroAblation comparison = new ZeroAblation(ground, plan, log, progress);
        output.print(ZeroAblation.toMarkdown(comparison.run(ablationRows, ablationSeconds, pool)));
      } else {
        if (limit.given()) {
          log.limit(end);
        }
        ZeroExperiment experiment = new ZeroExperiment(ground, plan, log, progress);
        progress.message(experiment.cost(pool).toString());
        output.print(experiment.run(pool));
      }
    }
    return 0;
  }

  private Interruption watch(Path folder) {
    if (explore == null && !ablation) {
      return Interruption.watch(spec, folder);
    }
    // What they measure is speed, which ends with the process.
    return Interruption.watch(
        spec,
        () ->
            RunReader.isRun(folder)
                ? (explore == null ? "A comparison" : "An exploration")
                    + " cannot be resumed; delete "
                    + folder
                    + ", and repeat the command."
                : "Nothing was made yet; repeat the command.");
  }

  private ZeroPlan plan() {
    Goal goal = search.goal();
    RejectionSettings protocol = preset.rejection(goal).withThreshold(threshold);
    // The tolerance is meant for crops; label maps are scaled down from about that size.
    int tolerance = Math.max(1, protocol.tolerance() * sampleSize / preset.crop);
    return new ZeroPlan(
        goal,
        ZeroSettings.DEFAULT.with(rejection, equivalence, earlyStop),
        protocol.withTolerance(tolerance),
        samples,
        sampleSize,
        KernelDevice.of(SCREEN_ON, screenOn),
        SearchOptions.or(proxies, preset.proxies),
        search.warmSteps(preset.warmSteps),
        search.proxySteps(preset.proxySteps),
        search.finalSteps(preset.finalSteps),
        search.top,
        search.seeds,
        search.seed);
  }

  private String kind() {
    return explore != null ? "zero-exploration" : ablation ? "zero-ablation" : "zero";
  }
}

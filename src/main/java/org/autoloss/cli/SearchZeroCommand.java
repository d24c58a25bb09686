package org.autoloss.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.autoloss.Device;
import org.autoloss.experiment.EvolutionAblation;
import org.autoloss.experiment.Exploration;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.Workers;
import org.autoloss.search.evolution.Ancestors;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ProposedLosses;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.RunReader;
import org.autoloss.task.Branch;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Task;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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
final class SearchZeroCommand extends SearchMethodCommand {
  /** The sizes of a search; each option overrides one of them. */
  enum Preset {
    QUICK(300, Trainings.QUICK),
    MOBILE(40, Trainings.MOBILE),
    PAPER(2_000, Trainings.PAPER);

    private final int proxies;
    private final Trainings trainings;

    Preset(int proxies, Trainings trainings) {
      this.proxies = proxies;
      this.trainings = trainings;
    }

    ZeroSettings sizes(int trained) {
      return this == MOBILE ? ZeroSettings.ofFew(trained) : ZeroSettings.DEFAULT;
    }

    double steepest() {
      return this == PAPER ? 0 : STEEPEST;
    }

    RejectionSettings rejection(Supplier<RejectionSettings> usual) {
      SegmentationMetric any = SegmentationMetric.MIOU; // replaced by each of the objective's
      return this == PAPER ? RejectionSettings.paper(any) : usual.get();
    }
  }

  private static final double STEEPEST = 20;
  private static final double LONGEST_ROW = 10_000_000;
  private static final String SCREEN_ON = "--screen-on";
  private static final String HAND = "hand";
  private static final String NO_SEEDS = "none";

  @Option(
      names = "--preset",
      defaultValue = "QUICK",
      description = {
        "${COMPLETION-CANDIDATES}.",
        "quick: 300 proxies of 150 steps, crops of 64, batches of 8; rejection in 5 steps;",
        "mobile: DeepLabV3+ on MobileNetV2 with --init, 40 proxies of 80 steps, crops of 128,",
        "batches of 8; rejection in 5 steps; candidates mostly have parents;",
        "paper: DeepLabV3+ on ResNet-50 with --init, 2,000 proxies of 1,000 steps, crops of 128 of",
        "images of 512x128, batches of 32, heads at ten times the learning rate; rejection in 500.",
        "Of other tasks see table --preset; proxies of detection and instances have 60 steps, 80, and one",
        "epoch of COCO, of pose 100, 150, and ten epochs."
      })
  private Preset preset;

  @Option(names = "--proxies", description = "candidates to train (default: the preset's)")
  private Integer proxies;

  @Option(
      names = "--initial",
      paramLabel = "COUNT",
      description =
          "candidates from scratch before any has parents (default: 20; of mobile a third of"
              + " --proxies)")
  private Integer initial;

  @Option(
      names = "--tournament",
      paramLabel = "SHARE",
      description =
          "of the population that is compared for a parent, a fraction (default: 0.05; of mobile 0.3)")
  private Double tournament;

  @Option(
      names = "--fresh",
      paramLabel = "SHARE",
      description =
          "of later candidates that have no parents, a fraction (default: 0.5; of mobile 0.25)")
  private Double fresh;

  @Option(
      names = "--branches",
      split = ",",
      paramLabel = "NAME",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description =
          "branches of the network to search a loss for, comma-separated; the others keep their usual"
              + " loss (default: all)")
  private List<String> branches = List.of();

  @Option(
      names = "--from",
      split = ",",
      paramLabel = "RUN",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description =
          "folders of earlier searches with --branches: this one begins with the best losses that"
              + " they found for its branches (default: from scratch)")
  private List<Path> from = List.of();

  @Option(
      names = "--threshold",
      defaultValue = "0.6",
      description = "of the rejection protocol, a fraction: 0.6 is 60 percent")
  private double threshold;

  @Option(
      names = "--rejection-steps",
      paramLabel = "COUNT",
      description =
          "of gradient descent in the rejection protocol (default: the preset's; where predictions"
              + " of a network are moved, 20)")
  private Integer rejectionSteps;

  @Option(
      names = "--rejection-rate",
      paramLabel = "RATE",
      description =
          "of that descent; where predictions of a network are moved, how much of the way to the"
              + " target the first step goes (default: for the usual way in all)")
  private Double rejectionRate;

  @Option(
      names = "--steepest",
      paramLabel = "TIMES",
      description =
          "how many times larger than at the beginning a gradient may be where predictions are sure, right or"
              + " wrong; 0 for any; of segmentation alone (default: 20; of paper 0)")
  private Double steepest;

  @Option(
      names = "--samples",
      defaultValue = "5",
      description = "label maps, or images, that candidates are tried out on")
  private int samples;

  @Option(
      names = "--sample-size",
      defaultValue = "32",
      description = "height and width of those label maps, in pixels; of segmentation alone")
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
      names = "--asynchronous",
      description =
          "a worker that is free gets a candidate at once, and no generation waits for its slowest"
              + " training; the result then depends on the order in which trainings end")
  private boolean asynchronous;

  @Option(
      names = "--balance",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "whether in a network of several branches a searched loss gets the weight at which its"
              + " gradient is as large as that of the branch's usual loss")
  private boolean balance;

  @Option(
      names = "--halving",
      defaultValue = "0",
      paramLabel = "SHARE",
      description =
          "of a proxy's steps, a fraction, after which it ends unless it is in the better half of those"
              + " before it at that point; 0 for never")
  private double halving;

  @Option(
      names = "--ablation",
      description =
          "instead of a search, compares how many losses are explored without and with each"
              + " economy; prints the table")
  private boolean ablation;

  @Option(
      names = "--ablation-seconds",
      defaultValue = "60",
      description = "for each row of that table; a generation that has begun is finished")
  private double ablationSeconds;

  @Option(
      names = "--ablation-rows",
      split = ",",
      paramLabel = "ROW",
      description =
          "of that table: NAIVE, REJECTION, EQUIVALENCE and EARLY_STOP, which add up;"
              + " ONLY_EQUIVALENCE, ONLY_EARLY_STOP")
  private List<EvolutionAblation.Variant> ablationRows = EvolutionAblation.Variant.PAPER;

  @Option(
      names = "--explore",
      paramLabel = "COUNT",
      description =
          "instead of a search, explores so many losses without trainings, by the score of the"
              + " rejection protocol; prints what became of them and how fast")
  private Long explore;

  @Option(
      names = "--seeds-from",
      defaultValue = "none",
      paramLabel = "SOURCE",
      description = {
        "what the population begins with beside random graphs: none (from zero, as the paper's name says)",
        "or hand (cross entropy, focal, Dice, IoU and others that people made, as graphs)"
      })
  private String seedsFrom;

  @Option(
      names = "--propose",
      paramLabel = "COMMAND",
      description = {
        "instead of an evolution, trains the losses that a program writes to its output, an expression a",
        "line; it reads one line of JSON on metric, inputs and operators, then one for each loss: what",
        "became of it, and its score"
      })
  private String propose;

  @Option(
      names = "--propose-timeout",
      defaultValue = "600",
      paramLabel = "SECONDS",
      description = "within which that program must say something")
  private double proposeTimeout;

  @Override
  public Integer call() throws IOException {
    if (!seedsFrom.equals(HAND) && !seedsFrom.equals(NO_SEEDS)) {
      throw new IllegalArgumentException(
          "--seeds-from: expected none or hand, got '" + seedsFrom + "'");
    }
    if (seedsFrom.equals(HAND) && !from.isEmpty()) {
      throw new IllegalArgumentException("--seeds-from: expected no --from with hand, got one");
    }
    if (propose != null && (explore != null || ablation || seedsFrom.equals(HAND))) {
      throw new IllegalArgumentException(
          "--propose: expected neither --explore, --ablation nor --seeds-from with it, got one");
    }
    if (asynchronous && (explore != null || ablation || propose != null)) {
      throw new IllegalArgumentException(
          "--asynchronous: expected neither --explore, --ablation nor --propose with it, got one");
    }
    if (explore != null && (explore < 1 || ablation)) {
      throw new IllegalArgumentException(
          "--explore: expected 1 or more losses, and no --ablation, got "
              + explore
              + (ablation ? " with --ablation" : ""));
    }
    if (!(ablationSeconds > 0 && ablationSeconds <= LONGEST_ROW)) {
      throw new IllegalArgumentException(
          "--ablation-seconds: expected a number above 0, up to 10000000, got " + ablationSeconds);
    }
    Device.of(SCREEN_ON, screenOn).requireUsable(SCREEN_ON, "leave it out to use the CPU");
    return super.call();
  }

  @Override
  void announce(
      Task ground, SearchPlan plan, Path folder, Progress progress, Workers pool, int trainers)
      throws IOException {
    if (explore == null && !ablation) {
      super.announce(ground, plan, folder, progress, pool, trainers);
    }
  }

  @Override
  void run(
      Task ground,
      SearchPlan plan,
      RunFolder log,
      Progress progress,
      LossSearch.Executors executors,
      SearchOutput output)
      throws IOException {
    if (explore != null) {
      Exploration.Result result = new Exploration(ground, plan, log, progress).run(explore);
      output.print(
          json() ? result.toJson().toString() : "\n" + result.toMarkdown() + "\n" + result.speed());
    } else if (ablation) {
      EvolutionAblation comparison = new EvolutionAblation(ground, plan, log, progress);
      output.print(
          EvolutionAblation.toMarkdown(comparison.run(ablationRows, ablationSeconds, executors)));
    } else {
      super.run(ground, plan, log, progress, executors, output);
    }
  }

  @Override
  Interruption watch(Path folder) {
    if (explore == null && !ablation) {
      return super.watch(folder);
    }
    // What they measure is speed, which ends with the process.
    return Interruption.watch(
        spec(),
        () ->
            RunReader.isRun(folder)
                ? (explore == null ? "A comparison" : "An exploration")
                    + " cannot be resumed; delete "
                    + folder
                    + ", and repeat the command."
                : "Nothing was made yet; repeat the command.");
  }

  @Override
  SearchMethod method() {
    return method(() -> RejectionSettings.of(SegmentationMetric.MIOU), List.of());
  }

  @Override
  SearchMethod method(Task ground) {
    return method(ground::rejectionSettings, ground.branches());
  }

  private SearchMethod method(Supplier<RejectionSettings> usual, List<Branch> all) {
    RejectionSettings protocol = descent(preset.rejection(usual)).withThreshold(threshold);
    // The tolerance is meant for crops; label maps are scaled down from about that size.
    int tolerance = Math.max(1, protocol.tolerance() * sampleSize / preset.trainings.task().crop());
    ZeroSettings sizes = sizes();
    AutoLossZero zero =
        new AutoLossZero(
            asynchronous ? sizes.asynchronous() : sizes,
            new RejectionPlan(
                protocol.withTolerance(tolerance),
                samples,
                sampleSize,
                Device.of(SCREEN_ON, screenOn),
                steepest == null ? preset.steepest() : steepest),
            or(proxies, preset.proxies),
            branches,
            ancestors(all));
    return propose == null ? zero : new ProposedLosses(zero, propose, proposeTimeout);
  }

  private ZeroSettings sizes() {
    ZeroSettings usual = preset.sizes(or(proxies, preset.proxies));
    return usual
        .withSelection(
            or(initial, usual.initial()),
            tournament == null ? usual.tournament() : tournament,
            fresh == null ? usual.fresh() : fresh)
        .with(rejection, equivalence, earlyStop)
        .withBalance(balance)
        .withHalving(halving);
  }

  private Ancestors ancestors(List<Branch> all) {
    if (seedsFrom.equals(HAND)) {
      return Ancestors.handcrafted(
          all.stream()
              .filter(branch -> branches.isEmpty() || branches.contains(branch.name()))
              .toList());
    }
    try {
      return Ancestors.read(from, sizes().initial());
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Where only the number of steps is given, they go as far as the usual ones. */
  private RejectionSettings descent(RejectionSettings usual) {
    int steps = or(rejectionSteps, usual.steps());
    double rate =
        rejectionRate == null ? usual.rate() * usual.steps() / steps : (double) rejectionRate;
    return usual.withDescent(steps, rate, usual.momentum());
  }

  @Override
  Trainings trainings() {
    return preset.trainings;
  }

  @Override
  String kind() {
    return explore != null
        ? "zero-exploration"
        : ablation ? "zero-ablation" : propose != null ? ProposedLosses.NAME : AutoLossZero.NAME;
  }
}

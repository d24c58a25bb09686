package org.autoloss.cli;

import java.util.List;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.surrogate.SurrogateStart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
final class SearchAslCommand extends SearchMethodCommand {
  // Defaults that made searches better, see docs/results/fair-race.md.
  private static final Double OUR_FINAL_SIGMA = 0.05;

  /** The sizes of a search; each option overrides one of them. */
  enum Preset {
    QUICK(8, 12, Trainings.QUICK),
    MOBILE(4, 8, Trainings.MOBILE),
    PAPER(12, 32, Trainings.PAPER);

    private final int steps;
    private final int samples;
    private final Trainings trainings;

    Preset(int steps, int samples, Trainings trainings) {
      this.steps = steps;
      this.samples = samples;
      this.trainings = trainings;
    }

    int steps() {
      return steps;
    }

    int samples() {
      return samples;
    }

    Trainings trainings() {
      return trainings;
    }
  }

  @Option(
      names = "--preset",
      defaultValue = "QUICK",
      description = {
        "${COMPLETION-CANDIDATES}.",
        "quick: 8 steps of 12 samples, proxies of 150 steps, crops of 64, batches of 8;",
        "mobile: DeepLabV3+ on MobileNetV2 with --init, 4 steps of 8 samples, proxies of 80 steps,",
        "crops of 128, batches of 8;",
        "paper: DeepLabV3+ on ResNet-50 with --init, 12 steps of 32 samples, proxies of 1,000 steps,",
        "crops of 128 of images of 512x128, batches of 32, heads at ten times the learning rate."
      })
  private Preset preset;

  @Option(
      names = "--start",
      split = ",",
      paramLabel = "NAME",
      description = {
        "curves that the search starts from: identity (g(x) = x) or dice (the gradient of Dice); of",
        "several, comma-separated, the best (default: identity,dice; of paper identity)"
      })
  private List<String> starts;

  @Option(
      names = "--final-sigma",
      description =
          "deviation of the policy in the last step, to which it falls from 0.2 (default: 0.05; of paper"
              + " it stays)")
  private Double finalSigma;

  @Mixin private SurrogateOptions surrogates;

  @Override
  SearchMethod method() {
    PpoSettings settings =
        PpoSettings.of(or(surrogates.steps, preset.steps), or(surrogates.samples, preset.samples));
    return new AutoSegLoss(
        settings.withFinalSigma(finalSigma == null && isOurs() ? OUR_FINAL_SIGMA : finalSigma),
        starts == null ? usualStarts() : starts.stream().map(SurrogateStart::of).toList(),
        beside(surrogates.with),
        surrogates.oneSeed(isOurs()));
  }

  private List<SurrogateStart> usualStarts() {
    return isOurs()
        ? List.of(SurrogateStart.IDENTITY, SurrogateStart.DICE)
        : List.of(SurrogateStart.IDENTITY);
  }

  @Override
  Trainings trainings() {
    return preset.trainings;
  }
}

package org.autoloss.cli;

import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code autoloss search random}. */
@Command(
    name = "random",
    description = {
      "Draws the parameters of a metric's surrogate at random: the control that a search method"
          + " must beat with the same number of trainings.",
      "Leaves the best in found.json of the run's folder, as search asl does.",
      "Metrics are in percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class SearchRandomCommand extends SearchMethodCommand {
  @Option(
      names = "--preset",
      defaultValue = "QUICK",
      description = "${COMPLETION-CANDIDATES}: the sizes of search asl, see there")
  private SearchAslCommand.Preset preset;

  @Mixin private SurrogateOptions surrogates;

  @Override
  SearchMethod method() {
    return new RandomSearch(
        or(surrogates.steps, preset.steps()),
        or(surrogates.samples, preset.samples()),
        beside(surrogates.with),
        surrogates.oneSeed(isOurs()));
  }

  @Override
  Trainings trainings() {
    return preset.trainings();
  }
}

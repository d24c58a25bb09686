package org.autoloss.cli;

import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import picocli.CommandLine.Command;
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
  @Option(names = "--steps", defaultValue = "8", description = "steps of the search")
  private int steps;

  @Option(names = "--samples", defaultValue = "12", description = "trainings in a step")
  private int samples;

  @Override
  SearchMethod method() {
    return new RandomSearch(steps, samples);
  }

  @Override
  Trainings trainings() {
    return Trainings.QUICK;
  }
}

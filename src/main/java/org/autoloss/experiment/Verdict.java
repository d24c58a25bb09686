package org.autoloss.experiment;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import org.autoloss.internal.Display;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.report.ComparisonTable;
import org.autoloss.task.Split;

/**
 * What the confirmation says of a search.
 *
 * @param objective what was searched for
 * @param split that decided
 * @param candidate the best of the candidates, by the mean of its trainings
 * @param reached its objective there
 * @param baseline the best of the losses that people use
 * @param toBeat its objective there
 */
public record Verdict(
    ObjectiveMetric objective,
    Split split,
    String candidate,
    double reached,
    String baseline,
    double toBeat) {
  static Verdict of(
      ObjectiveMetric objective,
      Split split,
      ComparisonTable table,
      Collection<String> candidates,
      Collection<String> baselines) {
    String candidate = best(objective, table, candidates);
    String baseline = best(objective, table, baselines);
    return new Verdict(
        objective,
        split,
        candidate,
        table.mean(candidate, objective),
        baseline,
        table.mean(baseline, objective));
  }

  /** Of equals the first. */
  private static String best(
      ObjectiveMetric objective, ComparisonTable table, Collection<String> names) {
    return names.stream()
        .sorted(Comparator.comparingDouble(name -> -table.mean(name, objective)))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Whether the search has found a loss that is better than those there were.
   *
   * @return false if the baseline is the answer
   */
  public boolean isGain() {
    return reached > toBeat;
  }

  /**
   * What came out.
   *
   * @return a sentence, in percent
   */
  public String sentence() {
    return String.format(
        Locale.ROOT,
        isGain()
            ? "The search gains %5$s points over %3$s on the %6$s split: %1$s %% against %4$s %% %2$s."
            : "The search gains nothing: on the %6$s split its best candidate has %1$s %% %2$s, %3$s"
                + " %4$s %%; %3$s is the answer.",
        Display.percent(reached),
        objective.label(),
        baseline,
        Display.percent(toBeat),
        Display.points(reached - toBeat),
        split == Split.CONFIRM ? "confirmation" : split.label());
  }
}

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
 * @param error the standard error of the difference of the two, seed by seed; NaN with one seed
 */
public record Verdict(
    ObjectiveMetric objective,
    Split split,
    String candidate,
    double reached,
    String baseline,
    double toBeat,
    double error) {
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
        table.mean(baseline, objective),
        table.errorOfDifference(candidate, baseline, objective));
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
   * Whether the search has found a loss that is better than those there were, by more than the
   * standard error: the best of several candidates is ahead of an equal one by luck.
   *
   * @return false if the baseline is the answer
   */
  public boolean isGain() {
    return reached - toBeat > (Double.isNaN(error) ? 0 : error);
  }

  /**
   * What came out.
   *
   * @return a sentence, in percent
   */
  public String sentence() {
    return String.format(
        Locale.ROOT,
        form(),
        Display.percent(reached),
        objective.label(),
        baseline,
        Display.percent(toBeat),
        Display.points(reached - toBeat),
        Double.isNaN(error) ? "" : " ± " + Display.percent(error),
        split == Split.CONFIRM ? "confirmation" : split.label());
  }

  private String form() {
    if (isGain()) {
      return "The search gains %5$s%6$s points over %3$s on the %7$s split: %1$s %% against %4$s %%"
          + " %2$s.";
    }
    return reached > toBeat
        ? "The search gains nothing that is sure: on the %7$s split its best candidate is %5$s%6$s"
            + " points of %2$s above %3$s; %3$s is the answer."
        : "The search gains nothing: on the %7$s split its best candidate has %1$s %% %2$s, %3$s"
            + " %4$s %%; %3$s is the answer.";
  }
}

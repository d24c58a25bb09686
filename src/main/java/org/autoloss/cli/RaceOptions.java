package org.autoloss.cli;

import java.util.List;
import org.autoloss.experiment.RateGrid;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.report.Race;
import org.autoloss.task.Task;
import picocli.CommandLine.Option;

/** The options that let each loss of a table choose its own learning rate. */
final class RaceOptions {
  private static final String OPTION = "--learning-rates";

  @Option(
      names = OPTION,
      split = ",",
      paramLabel = "RATE",
      description = {
        "each loss takes the best of these for itself, tried on the reward list with one seed, such as",
        "0.05,0.1,0.2; --learning-rate is then that of the warm start alone (default: one for all)"
      })
  private List<String> rates;

  @Option(
      names = "--rate-metric",
      paramLabel = "METRIC",
      description = {
        "what --learning-rates are chosen by: a metric, or each, so that every column has each loss at",
        "the rate that suits it there, for more trainings (default: the first of --metrics)"
      })
  private String metric;

  @Option(
      names = "--rate-steps",
      description = "of each training that tries a rate (default: those of all trainings)")
  private Integer steps;

  RateGrid grid(Task task, int usualSteps) {
    if (rates == null) {
      if (metric != null || steps != null) {
        throw new IllegalArgumentException(
            "--rate-metric, --rate-steps: expected " + OPTION + " with them, got none");
      }
      return RateGrid.NONE;
    }
    return new RateGrid(
        rates.stream().map(rate -> LearningRate.number(OPTION, rate)).toList(),
        chooser(task),
        SearchMethodCommand.or(steps, usualSteps));
  }

  /** Null for each column's own metric. */
  private ObjectiveMetric chooser(Task task) {
    if (metric == null) {
      return ObjectiveMetric.of(task.metrics().get(0));
    }
    return metric.equals(Race.EACH) ? null : ObjectiveMetric.parse(metric, task.metrics());
  }
}

package org.autoloss.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.metric.Metric;
import org.autoloss.report.ComparisonTable;
import org.autoloss.report.Effort;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialResult;
import org.autoloss.task.Split;

/**
 * The trainings of a table whose columns have learning rates of their own: each loss is trained
 * once with each of its rates and each seed, and a cell is what the training by its column's rate
 * has.
 *
 * @param plan losses and budgets
 * @param metrics the columns
 * @param comparison trains
 */
record RatedTrainings(TablePlan plan, List<? extends Metric> metrics, LossComparison comparison) {
  /**
   * What came out.
   *
   * @param table the losses against the metrics
   * @param efforts what the trainings of each loss took, by its name
   */
  record Result(ComparisonTable table, Map<String, Effort> efforts) {}

  /**
   * Trains.
   *
   * @param rates by a loss's name, and of it by a column's label
   * @param seed of everything random
   */
  Result run(Map<String, Map<String, Double>> rates, long seed) {
    List<LossComparison.Contender> contenders = new ArrayList<>();
    plan.losses()
        .keySet()
        .forEach(
            name ->
                rates.get(name).values().stream()
                    .distinct()
                    .forEach(rate -> contenders.add(contender(name, rate))));
    Map<LossComparison.Contender, LossComparison.Trained> trained =
        comparison.train(contenders, seed, plan.seeds());
    Map<String, List<Map<String, Double>>> rows = new LinkedHashMap<>();
    rates.forEach((name, own) -> rows.put(name, row(name, own, trained)));
    Map<String, Effort> efforts = new LinkedHashMap<>();
    trained.forEach(
        (contender, result) ->
            efforts.merge(
                contender.name(), new Effort(plan.seeds(), result.seconds()), Effort::and));
    return new Result(ComparisonTable.of(rows, metrics), efforts);
  }

  private LossComparison.Contender contender(String name, double rate) {
    return new LossComparison.Contender(
        name,
        plan.losses().get(name),
        RateGrid.place(rate),
        Trial.Work.of(plan.steps(), Split.TEST).withLearningRate(rate));
  }

  /** Of each seed, each metric and what its classes have, by that metric's rate. */
  private List<Map<String, Double>> row(
      String name,
      Map<String, Double> rates,
      Map<LossComparison.Contender, LossComparison.Trained> trained) {
    List<Map<String, Double>> row = new ArrayList<>();
    for (int i = 0; i < plan.seeds(); i++) {
      Map<String, Double> measured = new LinkedHashMap<>();
      for (Metric metric : metrics) {
        double rate = rates.get(metric.label());
        trained
            .get(contender(name, rate))
            .seeds()
            .get(i)
            .forEach(
                (key, value) -> {
                  if (TrialResult.isOf(metric.label(), key)) {
                    measured.put(key, value);
                  }
                });
      }
      row.add(measured);
    }
    return row;
  }
}

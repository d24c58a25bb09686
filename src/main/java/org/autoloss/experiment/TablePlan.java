package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.report.Effort;
import org.autoloss.report.Race;

/**
 * What a table of losses against metrics is made of.
 *
 * @param losses specifications or artefacts by the name of their row, in order
 * @param searches what it took to find a loss, by the name of its row, where that is known
 * @param rates that each loss tries for itself; none if all share one
 * @param warmSteps of the warm start; 0 to begin with the weights that the task has
 * @param steps of each training
 * @param seeds trainings of each loss
 * @param seed of everything random
 */
public record TablePlan(
    Map<String, String> losses,
    Map<String, Effort> searches,
    RateGrid rates,
    int warmSteps,
    int steps,
    int seeds,
    long seed) {
  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if there is no loss, or a count is out of range
   */
  public TablePlan {
    losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
    searches = Map.copyOf(searches);
    Counts.requireOne("losses", losses.size());
    Counts.requireZero("warm steps", warmSteps);
    Counts.requireOne("steps", steps);
    Counts.requireFew("seeds", seeds);
  }

  /**
   * The whole plan.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    ObjectNode rows = json.putObject("losses");
    losses.forEach(rows::put);
    json.setAll(budgets());
    if (!rates.isEmpty()) {
      ObjectNode own = json.withObject("/learningRates");
      rates.rates().forEach(own.withArray("rates")::add);
      own.put("metric", rates.metric() == null ? Race.EACH : rates.metric().label());
    }
    return json;
  }

  /**
   * What a training depends on, whichever rows the table has and rates they try: the plan as it
   * stands in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode budgets() {
    ObjectNode json =
        Json.MAPPER
            .createObjectNode()
            .put("warmSteps", warmSteps)
            .put("steps", steps)
            .put("seeds", seeds)
            .put("seed", seed);
    if (!rates.isEmpty()) {
      json.set("learningRates", rates.budget());
    }
    return json;
  }
}

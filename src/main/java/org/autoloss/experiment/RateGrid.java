package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;

/**
 * The learning rates that each loss of a table tries for itself. One rate for all flatters some:
 * gradients of losses differ in size by orders of magnitude.
 *
 * @param rates in ascending order; empty if all losses share one rate
 * @param metric that chooses, on the reward split; null for each of a table's metrics to choose the
 *     rate of its own column, and if there are no rates
 * @param steps of each training that tries a rate
 */
public record RateGrid(List<Double> rates, ObjectiveMetric metric, int steps) {
  /** All losses share one rate. */
  public static final RateGrid NONE = new RateGrid(List.of(), null, 1);

  /**
   * Sorts the rates.
   *
   * @throws IllegalArgumentException if there is one rate alone, one stands there twice, or there
   *     are no steps
   */
  public RateGrid {
    rates = rates.stream().sorted().toList();
    if (rates.size() == 1
        || rates.stream().map(RateGrid::place).distinct().count() < rates.size()) {
      throw new IllegalArgumentException(
          "learning rates: expected at least two different ones to choose from, got " + rates);
    }
    Counts.requireOne("rate steps", steps);
  }

  public boolean isEmpty() {
    return rates.isEmpty();
  }

  /** What chooses the rate for a column. */
  ObjectiveMetric chooser(Metric column) {
    return metric == null ? ObjectiveMetric.of(column) : metric;
  }

  /** A rate's place in the journal, where other rates of the same loss may stand beside it. */
  static int place(double rate) {
    return Float.floatToIntBits((float) rate);
  }

  /** What a training that tries a rate depends on, whichever others are tried. */
  ObjectNode budget() {
    return Json.MAPPER.createObjectNode().put("steps", steps);
  }
}

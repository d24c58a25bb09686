package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;

/**
 * A comparison of short trainings with long ones.
 *
 * @param objective what scores
 * @param losses specifications or artefacts by name, at least two
 * @param lengths steps of the trainings, in ascending order; the last one is the full length
 * @param seeds trainings of each loss at each length
 * @param warmSteps of the warm start; 0 to begin with the weights that the task has
 * @param seed of everything random
 */
public record CorrelationPlan(
    ObjectiveMetric objective,
    Map<String, String> losses,
    List<Integer> lengths,
    int seeds,
    int warmSteps,
    long seed) {
  /**
   * Sorts the lengths.
   *
   * @throws IllegalArgumentException if there are less than two losses or lengths, or a count is
   *     out of range
   */
  public CorrelationPlan {
    losses = Collections.unmodifiableMap(new LinkedHashMap<>(losses));
    lengths = lengths.stream().sorted().distinct().toList();
    if (losses.size() < 2) {
      throw new IllegalArgumentException(
          "losses: expected at least 2, whose order can be compared, got " + losses.size());
    }
    if (lengths.size() < 2) {
      throw new IllegalArgumentException(
          "lengths: expected at least two different ones, the last one in full, got " + lengths);
    }
    lengths.forEach(length -> Counts.requireOne("lengths", length));
    Counts.requireFew("seeds", seeds);
    Counts.requireZero("warm steps", warmSteps);
  }

  /** What stands in the run's configuration. */
  ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode().put("metric", objective.label());
    ArrayNode steps = json.putArray("lengths");
    lengths.forEach(steps::add);
    json.put("seeds", seeds).put("warmSteps", warmSteps).put("seed", seed);
    ObjectNode rows = json.putObject("losses");
    losses.forEach(rows::put);
    return json;
  }
}

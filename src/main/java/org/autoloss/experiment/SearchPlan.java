package org.autoloss.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ProposedLosses;
import org.autoloss.search.ppo.AutoSegLoss;

/**
 * How much of everything a search gets.
 *
 * @param objective what the loss is searched for
 * @param method which losses are tried
 * @param warmSteps of the warm start; 0 to begin with the weights that the task has
 * @param proxySteps of each proxy training
 * @param finalSteps of each training that confirms or fills the final table
 * @param topK how many of the best candidates are confirmed
 * @param confirmSeeds trainings of each in the confirmation
 * @param testSeeds trainings of each loss in the final table
 * @param seed of everything random
 * @param references specifications of losses beside the baseline in the final table, by the names
 *     of their rows
 * @param confirmation on what, and against what, the best candidates are confirmed
 */
public record SearchPlan(
    ObjectiveMetric objective,
    SearchMethod method,
    int warmSteps,
    int proxySteps,
    int finalSteps,
    int topK,
    int confirmSeeds,
    int testSeeds,
    long seed,
    Map<String, String> references,
    Confirmation confirmation) {
  private static final int FORMAT = 2;

  /**
   * A plan whose candidates are confirmed on the reward split.
   *
   * @param objective what the loss is searched for
   * @param method which losses are tried
   * @param warmSteps of the warm start; 0 to begin with the weights that the task has
   * @param proxySteps of each proxy training
   * @param finalSteps of each training that confirms or fills the final table
   * @param topK how many of the best candidates are confirmed
   * @param confirmSeeds trainings of each in the confirmation
   * @param testSeeds trainings of each loss in the final table
   * @param seed of everything random
   * @param references specifications of losses beside the baseline in the final table, by the names
   *     of their rows
   */
  public SearchPlan(
      ObjectiveMetric objective,
      SearchMethod method,
      int warmSteps,
      int proxySteps,
      int finalSteps,
      int topK,
      int confirmSeeds,
      int testSeeds,
      long seed,
      Map<String, String> references) {
    this(
        objective,
        method,
        warmSteps,
        proxySteps,
        finalSteps,
        topK,
        confirmSeeds,
        testSeeds,
        seed,
        references,
        Confirmation.ON_REWARD);
  }

  /**
   * Checks the counts, and copies the references.
   *
   * @throws IllegalArgumentException if a count is out of range
   */
  public SearchPlan {
    references = Collections.unmodifiableMap(new LinkedHashMap<>(references));
    Counts.requireZero("warm steps", warmSteps);
    Counts.requireOne("proxy steps", proxySteps);
    Counts.requireOne("final steps", finalSteps);
    Counts.requireFew("top", topK);
    Counts.requireFew("confirmation seeds", confirmSeeds);
    Counts.requireFew("test seeds", testSeeds);
  }

  /**
   * A plan without references but those of the method.
   *
   * @param objective what the loss is searched for
   * @param method which losses are tried
   * @param warmSteps of the warm start; 0 to begin with the weights that the task has
   * @param proxySteps of each proxy training
   * @param finalSteps of each training that confirms or fills the final table
   * @param topK how many of the best candidates are confirmed
   * @param confirmSeeds trainings of each in the confirmation
   * @param testSeeds trainings of each loss in the final table
   * @param seed of everything random
   * @throws IllegalArgumentException if a count is out of range
   */
  public SearchPlan(
      ObjectiveMetric objective,
      SearchMethod method,
      int warmSteps,
      int proxySteps,
      int finalSteps,
      int topK,
      int confirmSeeds,
      int testSeeds,
      long seed) {
    this(
        objective,
        method,
        warmSteps,
        proxySteps,
        finalSteps,
        topK,
        confirmSeeds,
        testSeeds,
        seed,
        Map.of());
  }

  /**
   * The plan as it stands in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json =
        Json.MAPPER
            .createObjectNode()
            .put("format", FORMAT)
            .put("metric", objective.label())
            .put("method", method.name());
    json.set("search", method.toJson());
    json.put("warmSteps", warmSteps)
        .put("proxySteps", proxySteps)
        .put("finalSteps", finalSteps)
        .put("topK", topK)
        .put("confirmSeeds", confirmSeeds)
        .put("testSeeds", testSeeds)
        .put("seed", seed);
    if (!references.isEmpty()) {
      references.forEach(json.putObject("references")::put);
    }
    confirmation.putInto(json);
    return json;
  }

  /**
   * The plan of a run.
   *
   * @param json as {@link #toJson} makes it; more fields are ignored
   * @param known the metrics of the run's task
   * @return the plan
   * @throws IllegalArgumentException if an earlier version made it, or a field is missing or out of
   *     range
   */
  public static SearchPlan of(JsonNode json, Collection<? extends Metric> known) {
    requireFormat(json);
    return new SearchPlan(
        ObjectiveMetric.parse(json.path("metric").asText(), known),
        method(json.path("method").asText(), json.path("search")),
        json.path("warmSteps").asInt(),
        json.path("proxySteps").asInt(),
        json.path("finalSteps").asInt(),
        json.path("topK").asInt(),
        json.path("confirmSeeds").asInt(),
        json.path("testSeeds").asInt(),
        json.path("seed").asLong(),
        references(json.path("references")),
        Confirmation.of(json));
  }

  private static Map<String, String> references(JsonNode json) {
    Map<String, String> references = new LinkedHashMap<>();
    json.properties().forEach(row -> references.put(row.getKey(), row.getValue().asText()));
    return references;
  }

  /**
   * Refuses the configuration of a run that an earlier version began.
   *
   * @param json of a run
   * @throws IllegalArgumentException if so
   */
  public static void requireFormat(JsonNode json) {
    if (json.path("format").asInt(1) != FORMAT) {
      throw new IllegalArgumentException(
          "expected a run that this version of AutoLoss began, got one of an earlier version, which"
              + " searched otherwise; go on with that version, or start a new run");
    }
  }

  private static SearchMethod method(String name, JsonNode json) {
    return switch (name) {
      case AutoSegLoss.NAME -> AutoSegLoss.of(json);
      case AutoLossZero.NAME -> AutoLossZero.of(json);
      case ProposedLosses.NAME -> ProposedLosses.of(json);
      case RandomSearch.NAME -> RandomSearch.of(json);
      default ->
          throw new IllegalArgumentException(
              "run: expected a search by asl, zero, propose or random, got one by '" + name + "'");
    };
  }
}

package org.autoloss.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.internal.Json;
import org.autoloss.metric.Goal;
import org.autoloss.search.asl.AslSettings;

/**
 * How much of everything a search of Auto Seg-Loss gets.
 *
 * @param goal what the loss is searched for
 * @param search the policy's settings
 * @param warmSteps of the warm start
 * @param proxySteps of each proxy training
 * @param finalSteps of each training that confirms or fills the final table
 * @param topK how many of the best candidates are confirmed
 * @param confirmSeeds trainings of each in the confirmation
 * @param testSeeds trainings of each loss in the final table
 * @param seed of everything random
 */
public record AslPlan(
    Goal goal,
    AslSettings search,
    int warmSteps,
    int proxySteps,
    int finalSteps,
    int topK,
    int confirmSeeds,
    int testSeeds,
    long seed) {
  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is out of range
   */
  public AslPlan {
    Counts.requireOne("warm steps", warmSteps);
    Counts.requireOne("proxy steps", proxySteps);
    Counts.requireOne("final steps", finalSteps);
    Counts.requireFew("top", topK);
    Counts.requireFew("confirmation seeds", confirmSeeds);
    Counts.requireFew("test seeds", testSeeds);
  }

  /**
   * The plan as it stands in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode().put("metric", goal.label());
    json.putObject("search")
        .put("steps", search.steps())
        .put("samples", search.samples())
        .put("updates", search.updates())
        .put("sigma", search.sigma())
        .put("clip", search.clip())
        .put("learningRate", search.learningRate());
    return json.put("warmSteps", warmSteps)
        .put("proxySteps", proxySteps)
        .put("finalSteps", finalSteps)
        .put("topK", topK)
        .put("confirmSeeds", confirmSeeds)
        .put("testSeeds", testSeeds)
        .put("seed", seed);
  }

  /**
   * The plan of a run.
   *
   * @param json as {@link #toJson} makes it; more fields are ignored
   * @return the plan
   * @throws IllegalArgumentException if a field is missing or out of range
   */
  public static AslPlan of(JsonNode json) {
    JsonNode search = json.path("search");
    return new AslPlan(
        Goal.parse(json.path("metric").asText()),
        new AslSettings(
            search.path("steps").asInt(),
            search.path("samples").asInt(),
            search.path("updates").asInt(),
            search.path("sigma").asDouble(),
            search.path("clip").asDouble(),
            search.path("learningRate").asDouble()),
        json.path("warmSteps").asInt(),
        json.path("proxySteps").asInt(),
        json.path("finalSteps").asInt(),
        json.path("topK").asInt(),
        json.path("confirmSeeds").asInt(),
        json.path("testSeeds").asInt(),
        json.path("seed").asLong());
  }
}

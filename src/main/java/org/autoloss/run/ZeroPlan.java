package org.autoloss.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.autoloss.KernelDevice;
import org.autoloss.graph.Operator;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.Json;
import org.autoloss.metric.Goal;
import org.autoloss.search.zero.ZeroSettings;

/**
 * How much of everything a search of AutoLoss-Zero gets.
 *
 * @param goal what the loss is searched for
 * @param search sizes and switches of the evolution
 * @param rejection the rejection protocol, the same for each of the goal's metrics; its own metric
 *     is not used
 * @param samples how many samples the protocol has
 * @param sampleSize their height and width
 * @param screenOn where the protocol runs; trainings are on the CPU in any case
 * @param proxies how many candidates are trained
 * @param warmSteps of the warm start
 * @param proxySteps of each proxy training
 * @param finalSteps of each training that confirms or fills the final table
 * @param topK how many of the best candidates are confirmed
 * @param seeds trainings of each loss in the confirmation, and in the final table
 * @param seed of everything random
 */
public record ZeroPlan(
    Goal goal,
    ZeroSettings search,
    RejectionSettings rejection,
    int samples,
    int sampleSize,
    KernelDevice screenOn,
    int proxies,
    int warmSteps,
    int proxySteps,
    int finalSteps,
    int topK,
    int seeds,
    long seed) {
  private static final String OPERATORS = "operators";
  private static final int LARGEST_SAMPLE = 4_096;

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is out of range, or the sizes are missing
   */
  public ZeroPlan {
    if (search == null) {
      throw new IllegalArgumentException("search: expected the sizes of the evolution, got none");
    }
    Counts.require("samples", samples, LARGEST_SAMPLE);
    Counts.require("sample size", sampleSize, LARGEST_SAMPLE);
    Counts.requireOne("proxies", proxies);
    Counts.requireOne("warm steps", warmSteps);
    Counts.requireOne("proxy steps", proxySteps);
    Counts.requireOne("final steps", finalSteps);
    Counts.requireFew("top", topK);
    Counts.requireFew("seeds", seeds);
  }

  /**
   * The plan as it stands in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectMapper mapper = Json.MAPPER;
    ObjectNode json = mapper.createObjectNode().put("metric", goal.label());
    json.put(OPERATORS, Operator.VERSION);
    json.set("search", mapper.valueToTree(search));
    json.putObject("rejection")
        .put("tolerance", rejection.tolerance())
        .put("threshold", rejection.threshold())
        .put("steps", rejection.steps())
        .put("rate", rejection.rate())
        .put("momentum", rejection.momentum())
        .put("noise", rejection.noise())
        .put("eps", rejection.eps())
        .put("samples", samples)
        .put("sampleSize", sampleSize)
        .put("screenOn", screenOn.toString());
    return json.put("proxies", proxies)
        .put("warmSteps", warmSteps)
        .put("proxySteps", proxySteps)
        .put("finalSteps", finalSteps)
        .put("topK", topK)
        .put("seeds", seeds)
        .put("seed", seed);
  }

  /**
   * The plan of a run.
   *
   * @param json as {@link #toJson} makes it; more fields are ignored
   * @return the plan
   * @throws IllegalArgumentException if a field is missing or out of range
   */
  public static ZeroPlan of(JsonNode json) {
    JsonNode rejection = json.path("rejection");
    Goal goal = Goal.parse(json.path("metric").asText());
    return new ZeroPlan(
        goal,
        Json.MAPPER.convertValue(json.path("search"), ZeroSettings.class),
        new RejectionSettings(
            goal.metrics().get(0),
            rejection.path("tolerance").asInt(),
            rejection.path("threshold").asDouble(),
            rejection.path("steps").asInt(),
            rejection.path("rate").asDouble(),
            rejection.path("momentum").asDouble(),
            rejection.path("noise").asDouble(),
            rejection.path("eps").asDouble()),
        rejection.path("samples").asInt(),
        rejection.path("sampleSize").asInt(),
        // runs of before GPUs could be chosen do not say
        KernelDevice.of("screenOn", rejection.path("screenOn").asText("cpu")),
        json.path("proxies").asInt(),
        json.path("warmSteps").asInt(),
        json.path("proxySteps").asInt(),
        json.path("finalSteps").asInt(),
        json.path("topK").asInt(),
        json.path("seeds").asInt(),
        json.path("seed").asLong());
  }

  /**
   * Refuses a search that began with operators of another meaning.
   *
   * @param run what the message names
   * @param json the run's configuration
   * @throws IllegalArgumentException if it did
   */
  public static void requireOperators(Path run, JsonNode json) {
    int version = json.path(OPERATORS).asInt(1); // runs of before there were two do not say
    if (version != Operator.VERSION) {
      throw new IllegalArgumentException(
          run
              + ": expected a search with version "
              + Operator.VERSION
              + " of the operators, got version "
              + version
              + (version == 1 ? ", in which mean_nhw also divided by the number of classes" : "")
              + "; losses that it found keep their meaning, but it cannot go on: start a new one");
    }
  }
}

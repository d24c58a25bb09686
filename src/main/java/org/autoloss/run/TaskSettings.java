package org.autoloss.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.autoloss.internal.Json;
import org.autoloss.nn.NetworkSpec;

/**
 * What stays fixed while losses are compared.
 *
 * @param data a folder in the layout of PASCAL VOC
 * @param splits which lists play which part
 * @param network the architecture
 * @param width its width
 * @param crop height and width of training crops and of evaluation, in pixels
 * @param minScale smallest random scale of training images
 * @param maxScale largest random scale of training images
 * @param batchSize samples in a training batch
 * @param learningRate at the first step of each training
 */
public record TaskSettings(
    Path data,
    Splits splits,
    NetworkSpec.Kind network,
    int width,
    int crop,
    double minScale,
    double maxScale,
    int batchSize,
    double learningRate) {
  /**
   * The names of the lists in {@code ImageSets/Segmentation}.
   *
   * @param warm for the warm start
   * @param train for the trainings that are compared
   * @param reward for the scores of a search
   * @param test for the final table alone
   */
  public record Splits(String warm, String train, String reward, String test) {
    /** Lists named after their parts, as the synthetic scenes have them. */
    public static final Splits DEFAULT = new Splits("warm", "train", "reward", "test");
  }

  /**
   * The same settings on another data set.
   *
   * @param folder in the layout of PASCAL VOC, with lists of the same names
   * @return new settings
   */
  public TaskSettings withData(Path folder) {
    return new TaskSettings(
        folder, splits, network, width, crop, minScale, maxScale, batchSize, learningRate);
  }

  /**
   * The same settings with another network.
   *
   * @param kind the architecture
   * @return new settings
   */
  public TaskSettings withNetwork(NetworkSpec.Kind kind) {
    return new TaskSettings(
        data, splits, kind, width, crop, minScale, maxScale, batchSize, learningRate);
  }

  /**
   * The settings as they stand in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode().put("data", data.toString());
    json.putObject("splits")
        .put("warm", splits.warm())
        .put("train", splits.train())
        .put("reward", splits.reward())
        .put("test", splits.test());
    return json.put("network", network.label())
        .put("width", width)
        .put("crop", crop)
        .put("minScale", minScale)
        .put("maxScale", maxScale)
        .put("batchSize", batchSize)
        .put("learningRate", learningRate);
  }

  /**
   * The settings of a run.
   *
   * @param json as {@link #toJson} makes it; more fields are ignored
   * @return the settings
   * @throws IllegalArgumentException if the network is unknown
   */
  public static TaskSettings of(JsonNode json) {
    JsonNode lists = json.path("splits");
    return new TaskSettings(
        Path.of(json.path("data").asText()),
        new Splits(
            lists.path("warm").asText(),
            lists.path("train").asText(),
            lists.path("reward").asText(),
            lists.path("test").asText()),
        NetworkSpec.Kind.of(json.path("network").asText()),
        json.path("width").asInt(),
        json.path("crop").asInt(),
        json.path("minScale").asDouble(),
        json.path("maxScale").asDouble(),
        json.path("batchSize").asInt(),
        json.path("learningRate").asDouble());
  }
}

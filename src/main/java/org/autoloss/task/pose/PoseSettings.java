package org.autoloss.task.pose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.autoloss.Device;
import org.autoloss.data.Extent;
import org.autoloss.data.pose.PoseAugmentation;
import org.autoloss.data.pose.Skeleton;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.KeypointSimilarity;
import org.autoloss.metric.detection.PckMetric;
import org.autoloss.task.DevicePool;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.train.OptimiserSettings;
import org.autoloss.train.Schedule;

/**
 * What stays fixed while losses are compared.
 *
 * @param data a folder, in COCO's layout
 * @param splits the names of the annotation files that play the parts; parts that are not needed
 *     may be left out
 * @param network which, as {@link org.autoloss.nn.NetworkSpec} has it; its classes are keypoints
 * @param crop height and width of its input
 * @param batchSize objects in a training batch
 * @param evaluationBatch objects in a batch of an evaluation
 * @param augmentation what changes at random in trainings
 * @param flipTest whether an evaluation also sees each object mirrored
 * @param heatMapSigma width of a target's bump, in pixels of the heat maps
 * @param sigmas of the keypoints, see {@link KeypointSimilarity}: none for the usual ones, one for
 *     all, or one for each
 * @param learningRate of each training, before the schedule
 * @param automaticRate whether searches and tables choose another one before they begin
 * @param devices where networks are: each training gets the one that has the fewest
 * @param optimiser what becomes of gradients
 * @param schedule how the learning rate goes
 * @param metrics in the order of tables
 */
public record PoseSettings(
    Path data,
    Map<Split, String> splits,
    String network,
    Extent crop,
    int batchSize,
    int evaluationBatch,
    PoseAugmentation augmentation,
    boolean flipTest,
    double heatMapSigma,
    List<Double> sigmas,
    double learningRate,
    boolean automaticRate,
    List<Device> devices,
    OptimiserSettings optimiser,
    Schedule schedule,
    List<Metric> metrics) {
  /** In place of a learning rate: it is chosen before a search or a table begins. */
  public static final String AUTO = "auto";

  /** All metrics: COCO's ten of keypoints, and PCK. */
  public static final List<Metric> METRICS = all();

  /** What is taken for each keypoint of a skeleton that is not COCO's: the mean of COCO's. */
  public static final double USUAL_SIGMA = 0.07;

  private static final String NETWORK = "simplebaseline:resnet50";
  private static final String CROP = "256x192";
  private static final int BATCH = 32;
  private static final int MOST = 1024;
  private static final double HEAT_MAP_SIGMA = 2;
  private static final double MOST_SIGMA = 100;
  private static final double LEARNING_RATE = 5e-4;
  private static final String OPTIMIZER = "optimizer";
  private static final String SCHEDULE = "schedule";
  private static final String RATE = "learningRate";

  /**
   * Copies splits, sigmas, devices and metrics.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public PoseSettings {
    splits = Collections.unmodifiableMap(new EnumMap<>(splits));
    metrics = List.copyOf(metrics);
    sigmas = List.copyOf(sigmas);
    devices = List.copyOf(devices);
    checkCount("batchSize", batchSize);
    checkCount("evaluationBatch", evaluationBatch);
    check(
        "heatMapSigma",
        heatMapSigma > 0 && heatMapSigma <= MOST_SIGMA,
        "above 0 and up to 100",
        heatMapSigma);
  }

  private static void checkCount(String name, int count) {
    check(name, count >= 1 && count <= MOST, "1 to " + MOST, count);
  }

  private static void check(String name, boolean good, String expected, Object got) {
    if (!good) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }

  private static List<Metric> all() {
    List<Metric> all = new ArrayList<>(CocoMetric.of(CocoType.KEYPOINTS));
    all.addAll(Arrays.asList(PckMetric.values()));
    return List.copyOf(all);
  }

  /**
   * How alike poses are.
   *
   * @param skeleton of the data
   * @return with the sigmas that are given; COCO's for its 17 keypoints, else 0.07 for all
   * @throws IllegalArgumentException if there are sigmas for another number of keypoints
   */
  public KeypointSimilarity similarity(Skeleton skeleton) {
    if (sigmas.isEmpty() && skeleton.isCoco()) {
      return KeypointSimilarity.COCO;
    }
    check(
        "sigmas",
        sigmas.size() < 2 || sigmas.size() == skeleton.size(),
        "one, or one for each of the keypoints " + String.join(", ", skeleton.points()),
        sigmas.size());
    return sigmas.size() > 1
        ? new KeypointSimilarity(sigmas)
        : KeypointSimilarity.uniform(
            skeleton.size(), sigmas.isEmpty() ? USUAL_SIGMA : sigmas.get(0));
  }

  /**
   * The settings as they stand in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json =
        Json.MAPPER.createObjectNode().put("kind", PoseTask.KIND).put("data", data.toString());
    SplitNames.putInto(json, splits);
    json.put("network", network)
        .put("crop", crop.toString())
        .put("batchSize", batchSize)
        .put("evaluationBatch", evaluationBatch)
        .put("flip", augmentation.flip())
        .put("halfBody", augmentation.halfBody())
        .put("shift", augmentation.shift())
        .put("shiftProbability", augmentation.shiftProbability())
        .put("minScale", augmentation.smallest())
        .put("maxScale", augmentation.largest())
        .put("rotation", augmentation.rotation())
        .put("rotationProbability", augmentation.rotationProbability())
        .put("flipTest", flipTest)
        .put("heatMapSigma", heatMapSigma)
        .put("sigmas", String.join(",", sigmas.stream().map(Object::toString).toList()));
    if (automaticRate) {
      json.put(RATE, AUTO);
    } else {
      json.put(RATE, learningRate);
    }
    if (!devices.equals(List.of(Device.CPU))) {
      json.put("device", DevicePool.names(devices));
    }
    optimiser.putInto(json);
    json.put(OPTIMIZER, optimiser.kind().label());
    json.put(SCHEDULE, schedule.toString());
    json.put("warmUp", schedule.warmUp().toString());
    ArrayNode counted = json.putArray("metrics");
    metrics.forEach(metric -> counted.add(metric.label()));
    return json;
  }

  /**
   * The settings that JSON describes.
   *
   * @param json as {@link #toJson} makes it; of fields that are missing, the network is {@code
   *     simplebaseline:resnet50}, {@code batchSize} and {@code evaluationBatch} 32, and the rest
   *     mmpose's: {@code crop} 256x192, {@code heatMapSigma} 2, {@code flipTest}, Adam at 5e-4, a
   *     tenth after 81 and 95 % of the steps, {@link PoseAugmentation#MMPOSE}. A {@code crop} that
   *     is a number is what the command line has for other tasks, and not looked at
   * @return the settings
   * @throws IllegalArgumentException if a field is wrong
   */
  public static PoseSettings of(JsonNode json) {
    for (String unknown : List.of("precision", "baseSize")) {
      check(
          unknown,
          !json.has(unknown),
          "nothing, for poses have no such setting",
          json.path(unknown));
    }
    ObjectNode recipe = Json.MAPPER.createObjectNode();
    recipe.put(OPTIMIZER, OptimiserSettings.Kind.ADAM.label()).put(SCHEDULE, "step:81%,95%");
    json.properties().forEach(field -> recipe.set(field.getKey(), field.getValue()));
    JsonNode crop = json.path("crop");
    OptimiserSettings optimiser = OptimiserSettings.of(recipe);
    boolean automatic = json.path(RATE).asText().equals(AUTO);
    return new PoseSettings(
        data(json),
        SplitNames.of(json),
        json.path("network").asText(NETWORK),
        Extent.parse("crop", crop.isTextual() ? crop.asText() : CROP),
        json.path("batchSize").asInt(BATCH),
        json.path("evaluationBatch").asInt(BATCH),
        augmentation(json),
        json.path("flipTest").asBoolean(true),
        json.path("heatMapSigma").asDouble(HEAT_MAP_SIGMA),
        sigmas(json.path("sigmas").asText("")),
        automatic ? optimiser.kind().usualRate() : json.path(RATE).asDouble(LEARNING_RATE),
        automatic,
        DevicePool.parse(json.path("device").asText("cpu")),
        optimiser,
        Schedule.of(recipe),
        metrics(json.path("metrics")));
  }

  private static PoseAugmentation augmentation(JsonNode json) {
    PoseAugmentation usual = PoseAugmentation.MMPOSE;
    return new PoseAugmentation(
        json.path("flip").asDouble(usual.flip()),
        json.path("halfBody").asDouble(usual.halfBody()),
        json.path("shift").asDouble(usual.shift()),
        json.path("shiftProbability").asDouble(usual.shiftProbability()),
        json.path("minScale").asDouble(usual.smallest()),
        json.path("maxScale").asDouble(usual.largest()),
        json.path("rotation").asDouble(usual.rotation()),
        json.path("rotationProbability").asDouble(usual.rotationProbability()));
  }

  private static List<Double> sigmas(String text) {
    List<Double> sigmas = new ArrayList<>();
    for (String each : text.isBlank() ? new String[0] : text.split(",", -1)) {
      try {
        sigmas.add(Double.parseDouble(each.strip()));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "sigmas: expected numbers, as in 0.03,0.05, got '" + Excerpt.of(text) + "'", e);
      }
    }
    if (!sigmas.isEmpty()) {
      new KeypointSimilarity(sigmas); // refuses what is not above 0
    }
    return sigmas;
  }

  private static List<Metric> metrics(JsonNode json) {
    List<Metric> metrics = new ArrayList<>();
    json.forEach(name -> metrics.add(Metric.of(name.asText(), METRICS)));
    return metrics.isEmpty() ? METRICS : metrics;
  }

  private static Path data(JsonNode json) {
    String text = json.path("data").asText();
    check(
        "data",
        !text.isEmpty(),
        "a folder with images and annotations in COCO's layout",
        "none; give --data");
    return Path.of(text);
  }
}

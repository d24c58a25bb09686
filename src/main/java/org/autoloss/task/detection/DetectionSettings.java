package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.autoloss.Device;
import org.autoloss.data.BaseSize;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.nn.models.rcnn.BatchTransform;
import org.autoloss.nn.models.rcnn.DetectorSettings;
import org.autoloss.nn.models.rcnn.Variant;
import org.autoloss.task.DevicePool;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.train.OptimiserSettings;
import org.autoloss.train.Schedule;

/**
 * What stays fixed while losses are compared.
 *
 * @param data a folder, in COCO's layout or, without {@code annotations}, in VOC's
 * @param splits the names of the annotation files that play the parts; parts that are not needed
 *     may be left out
 * @param network which, as {@link org.autoloss.nn.NetworkSpec} has it
 * @param base the size that images are brought to
 * @param smallestCrop smallest part of each side that a random crop of a training image has; 1 for
 *     no crops
 * @param batchSize images in a training batch
 * @param evaluationBatch images in a batch of an evaluation
 * @param detector how regions are chosen
 * @param learningRate of each training, before the schedule
 * @param automaticRate whether searches and tables choose another one before they begin
 * @param optimiser what becomes of gradients
 * @param schedule how the learning rate goes
 * @param devices where networks are: each training gets the one that has the fewest
 * @param metrics in the order of tables
 */
public record DetectionSettings(
    Path data,
    Map<Split, String> splits,
    String network,
    BaseSize base,
    double smallestCrop,
    int batchSize,
    int evaluationBatch,
    DetectorSettings detector,
    double learningRate,
    boolean automaticRate,
    OptimiserSettings optimiser,
    Schedule schedule,
    List<Device> devices,
    List<CocoMetric> metrics) {
  /** In place of a learning rate: it is chosen before a search or a table begins. */
  public static final String AUTO = "auto";

  private static final int EVALUATION_BATCH = 4;
  // torchvision's 0.02 is for 16 images; linear in their number.
  private static final int BATCH = 2;
  private static final double LEARNING_RATE = 0.0025;
  private static final List<Double> RATES = List.of(0.00125, 0.0025, 0.005, 0.01, 0.02);
  private static final String NETWORK = "fasterrcnn:resnet50,norm=frozen,frozen_stages=1";
  private static final int MOST_IMAGES = 1024;
  private static final BaseSize BASE =
      new BaseSize(BatchTransform.TORCHVISION.longer(), BatchTransform.TORCHVISION.shorter());

  /**
   * Copies splits, metrics and devices.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public DetectionSettings {
    splits = Collections.unmodifiableMap(new EnumMap<>(splits));
    metrics = List.copyOf(metrics);
    devices = List.copyOf(devices);
    check("batchSize", batchSize >= 1 && batchSize <= MOST_IMAGES, "1 to 1024", batchSize);
    check(
        "evaluationBatch",
        evaluationBatch >= 1 && evaluationBatch <= MOST_IMAGES,
        "1 to 1024",
        evaluationBatch);
  }

  private static void check(String name, boolean good, String expected, Object got) {
    if (!good) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }

  /**
   * The settings as they stand in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json =
        Json.MAPPER.createObjectNode().put("kind", DetectionTask.KIND).put("data", data.toString());
    SplitNames.putInto(json, splits);
    json.put("network", network);
    json.put("baseSize", base.toString())
        .put("smallestCrop", smallestCrop)
        .put("batchSize", batchSize)
        .put("evaluationBatch", evaluationBatch)
        .put("candidates", detector.candidates().training())
        .put("candidatesAtTest", detector.candidates().prediction())
        .put("proposals", detector.proposals().training())
        .put("proposalsAtTest", detector.proposals().prediction())
        .put("anchorSamples", detector.anchorSamples())
        .put("regionSamples", detector.regionSamples())
        .put("score", Float.toString(detector.score()))
        .put("detections", detector.detections());
    if (automaticRate) {
      json.put("learningRate", AUTO);
    } else {
      json.put("learningRate", learningRate);
    }
    optimiser.putInto(json);
    json.put("schedule", schedule.toString());
    json.put("warmUp", schedule.warmUp().toString());
    if (!devices.equals(List.of(Device.CPU))) {
      json.put("device", DevicePool.names(devices));
    }
    ArrayNode counted = json.putArray("metrics");
    metrics.forEach(metric -> counted.add(metric.label()));
    return json;
  }

  /**
   * The rates that are tried out where one is to be chosen.
   *
   * @return in ascending order; empty where the rate is given
   */
  public List<Double> learningRates() {
    if (!automaticRate) {
      return List.of();
    }
    return optimiser.kind() == OptimiserSettings.Kind.SGD ? RATES : optimiser.kind().rates();
  }

  /**
   * The settings that JSON describes.
   *
   * @param json as {@link #toJson} makes it, with {@code variant} as one more option of the
   *     network; of fields that are missing, the network and the numbers of {@code detector} are
   *     torchvision's, or the variant's, {@code baseSize} is 1333x800, {@code smallestCrop} 1,
   *     {@code batchSize} 2, {@code learningRate} 0.0025, {@code evaluationBatch} 4. Without {@code
   *     metrics} all of COCO's are measured
   * @return the settings
   * @throws IllegalArgumentException if a field is wrong
   */
  public static DetectionSettings of(JsonNode json) {
    for (String unknown : List.of("precision", "minScale", "maxScale")) {
      check(
          unknown,
          !json.has(unknown),
          "nothing, for detection has no such setting",
          json.path(unknown));
    }
    boolean automatic = json.path("learningRate").asText().equals(AUTO);
    BaseSize base = BaseSize.parse("base size", json.path("baseSize").asText(BASE.toString()));
    return new DetectionSettings(
        data(json),
        SplitNames.of(json),
        network(json),
        base.longSide() == 0 ? new BaseSize(2 * base.shortSide(), base.shortSide()) : base,
        json.path("smallestCrop").asDouble(1),
        json.path("batchSize").asInt(BATCH),
        json.path("evaluationBatch").asInt(EVALUATION_BATCH),
        detector(json, Variant.of(network(json))),
        json.path("learningRate").asDouble(LEARNING_RATE),
        automatic,
        OptimiserSettings.of(json),
        Schedule.of(json),
        DevicePool.parse(json.path("device").asText("cpu")),
        metrics(json.path("metrics")));
  }

  /**
   * Whose numbers the network has.
   *
   * @return torchvision's or mmdetection's
   */
  public Variant variant() {
    return Variant.of(network);
  }

  private static String network(JsonNode json) {
    String text = json.path("network").asText(NETWORK);
    JsonNode variant = json.path(Variant.OPTION);
    return variant.isMissingNode()
        ? text
        : text + (text.contains(":") ? "," : ":") + Variant.OPTION + "=" + variant.asText();
  }

  private static DetectorSettings detector(JsonNode json, Variant variant) {
    DetectorSettings usual = variant.settings();
    return new DetectorSettings(
        phases(json, "candidates", usual.candidates()),
        phases(json, "proposals", usual.proposals()),
        json.path("anchorSamples").asInt(usual.anchorSamples()),
        json.path("regionSamples").asInt(usual.regionSamples()),
        (float) json.path("score").asDouble(usual.score()),
        json.path("detections").asInt(usual.detections()));
  }

  // A number for trainings is one for predictions as well, unless these have their own.
  private static DetectorSettings.Phases phases(
      JsonNode json, String name, DetectorSettings.Phases usual) {
    int training = json.path(name).asInt(usual.training());
    int prediction = json.has(name) ? Math.min(training, usual.prediction()) : usual.prediction();
    return new DetectorSettings.Phases(training, json.path(name + "AtTest").asInt(prediction));
  }

  private static List<CocoMetric> metrics(JsonNode json) {
    List<CocoMetric> known = CocoMetric.of(CocoType.BBOX);
    List<CocoMetric> metrics = new ArrayList<>();
    json.forEach(name -> metrics.add(Metric.of(name.asText(), known)));
    return metrics.isEmpty() ? known : metrics;
  }

  private static Path data(JsonNode json) {
    String text = json.path("data").asText();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "data: expected a folder with images and annotations, got none; give --data");
    }
    return Path.of(text);
  }
}

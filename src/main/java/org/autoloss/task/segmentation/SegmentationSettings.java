package org.autoloss.task.segmentation;

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
import org.autoloss.data.DataFormat;
import org.autoloss.data.Extent;
import org.autoloss.internal.Json;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.task.DevicePool;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.train.OptimiserSettings;
import org.autoloss.train.Precision;
import org.autoloss.train.Schedule;

/**
 * What stays fixed while losses are compared.
 *
 * @param data a folder
 * @param format how the data lies in it
 * @param splits the names of the lists that play the parts; parts that are not needed may be left
 *     out
 * @param network which, as {@link org.autoloss.nn.NetworkSpec} has it
 * @param crop height and width of training crops
 * @param base what images are scaled to before random scales
 * @param minScale smallest random scale of training images
 * @param maxScale largest random scale of training images
 * @param batchSize samples in a training batch
 * @param evaluation what of an image is measured
 * @param evaluationBatch samples in a batch of an evaluation; of whole images, fewer if they are
 *     larger than crops
 * @param learningRate of each training, before the schedule
 * @param automaticRate whether searches and tables choose another one before they begin
 * @param optimiser what becomes of gradients
 * @param schedule how the learning rate goes
 * @param devices where networks are: each training gets the one that has the fewest
 * @param precision that networks compute in
 * @param metrics those that evaluations count, in the order of tables
 * @param policy what metrics do with absent classes, the background and ignored pixels
 * @param distances of the boundary metrics that know no tolerance
 */
public record SegmentationSettings(
    Path data,
    DataFormat format,
    Map<Split, String> splits,
    String network,
    Extent crop,
    BaseSize base,
    double minScale,
    double maxScale,
    int batchSize,
    EvaluationMode evaluation,
    int evaluationBatch,
    double learningRate,
    boolean automaticRate,
    OptimiserSettings optimiser,
    Schedule schedule,
    List<Device> devices,
    Precision precision,
    List<SegmentationMetric> metrics,
    ClassPolicy policy,
    BoundaryDistances distances) {
  /** In place of a learning rate: it is chosen before a search or a table begins. */
  public static final String AUTO = "auto";

  private static final String SKIP = "skip";
  private static final String NETWORK = "unet";
  private static final String CROP = "64";
  private static final double MIN_SCALE = 0.8;
  private static final double MAX_SCALE = 1.25;
  private static final int BATCH = 8;
  private static final int EVALUATION_BATCH = 16;
  private static final double LEARNING_RATE = 0.2;

  /** Copies splits, metrics and devices. */
  public SegmentationSettings {
    splits = Collections.unmodifiableMap(new EnumMap<>(splits));
    metrics = List.copyOf(metrics);
    devices = List.copyOf(devices);
  }

  /**
   * The settings as they stand in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json =
        Json.MAPPER
            .createObjectNode()
            .put("kind", SegmentationTask.KIND)
            .put("data", data.toString());
    if (format != DataFormat.VOC) {
      json.put("format", format.label());
    }
    SplitNames.putInto(json, splits);
    json.put("network", network);
    putCrop(json);
    json.put("minScale", minScale)
        .put("maxScale", maxScale)
        .put("batchSize", batchSize)
        .put("evaluationBatch", evaluationBatch);
    if (automaticRate) {
      json.put("learningRate", AUTO);
    } else {
      json.put("learningRate", learningRate);
    }
    putTraining(json);
    ArrayNode counted = json.putArray("metrics");
    metrics.forEach(metric -> counted.add(metric.label()));
    return json.put("tolerance", policy.tolerance())
        .put("dropBackground", policy.dropBackground())
        .put("ignoredEdges", policy.ignoredEdges() == IgnoredEdges.SKIP ? SKIP : "count")
        .put("chengDistance", distances.region())
        .put("csurkaDistance", distances.match());
  }

  // What is as it always was is left out, so that runs of before stay comparable.
  private void putCrop(ObjectNode json) {
    if (crop.height() == crop.width()) {
      json.put("crop", crop.height());
    } else {
      json.put("crop", crop.toString());
    }
    if (!base.equals(BaseSize.NONE)) {
      json.put("baseSize", base.toString());
    }
    if (evaluation != EvaluationMode.CROP) {
      json.put("evaluate", evaluation.label());
    }
  }

  private void putTraining(ObjectNode json) {
    optimiser.putInto(json);
    if (!schedule.withWarmUp(Schedule.Point.START).equals(Schedule.POLY)) {
      json.put("schedule", schedule.toString());
    }
    if (!schedule.warmUp().equals(Schedule.Point.START)) {
      json.put("warmUp", schedule.warmUp().toString());
    }
    if (!devices.equals(List.of(Device.CPU))) {
      json.put("device", DevicePool.names(devices));
    }
    if (precision != Precision.FLOAT32) {
      json.put("precision", precision.label());
    }
  }

  /**
   * The settings that JSON describes.
   *
   * @param json as {@link #toJson} makes it; all but {@code data} may be left out, {@code width} is
   *     one more option of the network, and other fields are ignored
   * @return the settings; where a field is missing, the format that the folder looks like, a {@code
   *     unet}, crops of 64 pixels of images as they are, scaled by 0.8 to 1.25, batches of 8,
   *     evaluations on centre crops in batches of 16, a learning rate of 0.2, optimiser and
   *     schedule the usual ones, the CPU, float32, all metrics, and the policy of Auto Seg-Loss
   * @throws IllegalArgumentException if a field is wrong, or there is no data
   */
  public static SegmentationSettings of(JsonNode json) {
    Path data = data(json);
    String format = json.path("format").asText();
    boolean automatic = json.path("learningRate").asText().equals(AUTO);
    OptimiserSettings optimiser = OptimiserSettings.of(json);
    return new SegmentationSettings(
        data,
        format.isEmpty() ? DataFormat.in(data) : DataFormat.of(format),
        SplitNames.of(json),
        network(json),
        Extent.parse("crop", json.path("crop").asText(CROP)),
        BaseSize.parse("base size", json.path("baseSize").asText("0")),
        json.path("minScale").asDouble(MIN_SCALE),
        json.path("maxScale").asDouble(MAX_SCALE),
        json.path("batchSize").asInt(BATCH),
        EvaluationMode.of(json.path("evaluate").asText(EvaluationMode.CROP.label())),
        json.path("evaluationBatch").asInt(EVALUATION_BATCH),
        automatic
            ? optimiser.kind().usualRate()
            : json.path("learningRate").asDouble(LEARNING_RATE),
        automatic,
        optimiser,
        Schedule.of(json),
        DevicePool.parse(json.path("device").asText("cpu")),
        Precision.of(json.path("precision").asText(Precision.FLOAT32.label())),
        metrics(json.path("metrics")),
        policy(json),
        new BoundaryDistances(
            json.path("chengDistance").asDouble(BoundaryDistances.STANDARD.region()),
            json.path("csurkaDistance").asDouble(BoundaryDistances.STANDARD.match())));
  }

  private static Path data(JsonNode json) {
    String folder = json.path("data").asText();
    if (folder.isEmpty()) {
      throw new IllegalArgumentException("data: expected a folder, got none; give one with --data");
    }
    return Path.of(folder);
  }

  private static String network(JsonNode json) {
    String text = json.path("network").asText(NETWORK);
    JsonNode width = json.path("width");
    return width.isMissingNode()
        ? text
        : text + (text.contains(":") ? "," : ":") + "width=" + width.asText();
  }

  private static List<SegmentationMetric> metrics(JsonNode json) {
    List<SegmentationMetric> metrics = new ArrayList<>();
    json.forEach(name -> metrics.add(SegmentationMetric.of(name.asText())));
    return metrics.isEmpty() ? SegmentationMetric.all() : metrics;
  }

  private static ClassPolicy policy(JsonNode json) {
    ClassPolicy usual = ClassPolicy.ASL;
    return usual
        .withTolerance(json.path("tolerance").asInt(usual.tolerance()))
        .withDropBackground(json.path("dropBackground").asBoolean(usual.dropBackground()))
        .withIgnoredEdges(IgnoredEdges.of(json.path("ignoredEdges").asText("count")));
  }
}

package org.autoloss.task.instances;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.metric.Metric;
import org.autoloss.metric.detection.BoxMetric;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.nn.models.rcnn.MaskTargets;
import org.autoloss.task.detection.DetectionSettings;

/**
 * What stays fixed while losses are compared.
 *
 * @param detection all that detection has as well, but for the metrics
 * @param targets what masks should have been
 * @param metrics in the order of tables
 */
public record InstanceSettings(
    DetectionSettings detection, MaskTargets targets, List<Metric> metrics) {
  static final String TARGETS = "maskTargets";

  private static final String NETWORK = "maskrcnn:resnet50,norm=frozen,frozen_stages=1";
  private static final String METRICS = "metrics";

  /** Copies the metrics. */
  public InstanceSettings {
    metrics = List.copyOf(metrics);
  }

  /**
   * The settings as they stand in a run's configuration.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = detection.toJson().put("kind", InstanceTask.KIND);
    json.put(TARGETS, targets.label());
    ArrayNode counted = json.putArray(METRICS);
    metrics.forEach(metric -> counted.add(metric.label()));
    return json;
  }

  /**
   * The settings that JSON describes.
   *
   * @param json as {@link #toJson} makes it; of fields that are missing, {@code maskTargets} is
   *     soft and the network Mask R-CNN, the rest as for detection. Without {@code metrics} all of
   *     COCO's are measured of masks, and three of boxes
   * @return the settings
   * @throws IllegalArgumentException if a field is wrong
   */
  public static InstanceSettings of(JsonNode json) {
    ObjectNode shared = json.deepCopy();
    shared.remove(METRICS);
    if (!shared.has("network")) {
      shared.put("network", NETWORK);
    }
    return new InstanceSettings(
        DetectionSettings.of(shared),
        MaskTargets.of(json.path(TARGETS).asText(MaskTargets.SOFT.label())),
        metrics(json.path(METRICS)));
  }

  private static List<Metric> metrics(JsonNode json) {
    List<Metric> metrics = new ArrayList<>();
    json.forEach(name -> metrics.add(Metric.of(name.asText(), BoxMetric.besideMasks())));
    return metrics.isEmpty() ? usual() : metrics;
  }

  private static List<Metric> usual() {
    return Stream.concat(
            CocoMetric.of(CocoType.SEGM).stream(),
            Stream.of(CocoMetric.AP, CocoMetric.AP50, CocoMetric.AP75).map(BoxMetric::new))
        .map(Metric.class::cast)
        .toList();
  }
}

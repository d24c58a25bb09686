package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.internal.Json;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.nn.models.rcnn.Variant;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SceneDrawing;

/** A search for a loss of the region head's boxes on a small Faster R-CNN. */
final class DetectionQuickstart {
  private static final int SIDE = 64;
  private static final String BASE = SIDE + "x" + SIDE;
  private static final int CLASSES = 7;
  private static final String NETWORK =
      "fasterrcnn:small,body_width=16,channels=48,width=128,anchor_size=8";
  private static final int BATCH = 8;
  private static final double LEARNING_RATE = 0.04;

  // By their names in the settings, which --set takes as well.
  private static final Map<String, Integer> NUMBERS = new LinkedHashMap<>();

  static {
    NUMBERS.put("anchorSamples", 64);
    NUMBERS.put("regionSamples", 64);
    NUMBERS.put("candidates", 200);
    NUMBERS.put("proposals", 100);
    NUMBERS.put("evaluationBatch", 16);
  }

  private DetectionQuickstart() {}

  static Quickstart of(Quickstart.Size size) {
    SceneDrawing scenes =
        SceneDrawing.of(
            new SceneOptions(SceneFamily.PARK, SIDE, CLASSES, size.seed(), false),
            SceneLayout.DETECTION,
            "COCO's layout",
            size.of(400),
            size.of(400),
            size.of(60),
            size.of(150));
    return new Quickstart(scenes, settings(), options(), search(size), references());
  }

  private static ObjectNode settings() {
    ObjectNode settings =
        Json.MAPPER
            .createObjectNode()
            .put("network", NETWORK)
            .put("baseSize", BASE)
            .put("batchSize", BATCH)
            .put("learningRate", LEARNING_RATE);
    NUMBERS.forEach(settings::put);
    return settings;
  }

  private static String options() {
    StringBuilder options = new StringBuilder();
    options.append("--network ").append(NETWORK).append(" --base-size ").append(BASE);
    options.append(" --batch ").append(BATCH).append(" --learning-rate ").append(LEARNING_RATE);
    NUMBERS.forEach(
        (name, value) -> options.append(" --set ").append(name).append('=').append(value));
    return options.toString();
  }

  private static Quickstart.Search search(Quickstart.Size size) {
    return new Quickstart.Search(
        CocoMetric.AP.label(),
        CocoMetric.AP50.label(),
        new Quickstart.Graphs(size.of(18), List.of(DetectionTask.BOXES.name())),
        size.of(800),
        size.of(50),
        size.of(150),
        2,
        2,
        3);
  }

  private static Map<String, String> references() {
    String others =
        DetectionTask.branches(Variant.TORCHVISION).stream()
            .filter(each -> !each.name().equals(DetectionTask.BOXES.name()))
            .map(each -> each.name() + "=" + each.baseline() + ";")
            .collect(Collectors.joining());
    return Map.of("GIoU", others + DetectionTask.BOXES.name() + "=giou,weight=10");
  }
}

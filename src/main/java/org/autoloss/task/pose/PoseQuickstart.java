package org.autoloss.task.pose;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.PckMetric;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SceneDrawing;

/** A search for a loss of the heat maps of a small network, on drawn figures. */
final class PoseQuickstart {
  private static final int SIDE = 64;
  private static final int CLASSES = 7;
  private static final String NETWORK = "unet:width=8";
  private static final int BATCH = 8;
  private static final double LEARNING_RATE = 0.003;

  // By their names in the settings, which --set takes as well. Figures have thin limbs, and so
  // small
  // areas; a network that begins with random weights and sees a few thousand of them wants them
  // upright.
  private static final Map<String, Double> NUMBERS = new LinkedHashMap<>();

  static {
    NUMBERS.put("sigmas", 0.2);
    NUMBERS.put("rotationProbability", 0.0);
    NUMBERS.put("halfBody", 0.0);
    NUMBERS.put("minScale", 0.8);
    NUMBERS.put("maxScale", 1.2);
  }

  private PoseQuickstart() {}

  static Quickstart of(Quickstart.Size size) {
    SceneDrawing scenes =
        SceneDrawing.of(
            new SceneOptions(SceneFamily.PARK, SIDE, CLASSES, size.seed(), false),
            SceneLayout.POSE,
            "COCO's layout",
            size.of(400),
            size.of(400),
            size.of(100),
            size.of(200));
    return new Quickstart(scenes, settings(), options(), search(size), Map.of("awing", "awing"));
  }

  private static ObjectNode settings() {
    ObjectNode settings =
        PosePresets.settings(NETWORK, Integer.toString(SIDE), BATCH, LEARNING_RATE);
    NUMBERS.forEach(settings::put);
    return settings;
  }

  private static String options() {
    StringBuilder options = new StringBuilder();
    options.append("--network ").append(NETWORK).append(" --crop ").append(SIDE);
    options.append(" --batch ").append(BATCH).append(" --learning-rate ").append(LEARNING_RATE);
    NUMBERS.forEach(
        (name, value) -> options.append(" --set ").append(name).append('=').append(value));
    return options.toString();
  }

  private static Quickstart.Search search(Quickstart.Size size) {
    return new Quickstart.Search(
        CocoMetric.AP.label(),
        PckMetric.PCK.label(),
        new Quickstart.Graphs(size.of(30), List.of()),
        size.of(600),
        size.of(100),
        size.of(300),
        2,
        2,
        3);
  }
}

package org.autoloss.task.segmentation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.internal.Json;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SceneDrawing;

/** A search for mIoU by Auto Seg-Loss on a small U-Net. */
final class SegmentationQuickstart {
  private static final int SIZE = 64;
  private static final int CLASSES = 8;
  private static final int WIDTH = 8;
  private static final int BATCH = 8;
  private static final double LEARNING_RATE = 0.2;
  private static final double MAX_SCALE = 1.25;

  private SegmentationQuickstart() {}

  static Quickstart of(Quickstart.Size size) {
    SceneOptions options = new SceneOptions(SceneFamily.PARK, SIZE, CLASSES, size.seed(), false);
    SceneDrawing scenes =
        SceneDrawing.of(
            options,
            SceneLayout.SEGMENTATION,
            "the layout of PASCAL VOC",
            size.of(400),
            size.of(400),
            size.of(150),
            size.of(250));
    return new Quickstart(scenes, settings(), "", search(size), Map.of());
  }

  private static ObjectNode settings() {
    ObjectNode settings =
        Json.MAPPER
            .createObjectNode()
            .put("network", "unet")
            .put("width", WIDTH)
            .put("crop", SIZE)
            .put("evaluate", EvaluationMode.WHOLE.label())
            .put("minScale", 1 / MAX_SCALE)
            .put("maxScale", MAX_SCALE)
            .put("batchSize", BATCH)
            .put("learningRate", LEARNING_RATE);
    List.of("mIoU", "FWIoU", "mAcc", "gAcc", "BIoU", "BF1")
        .forEach(settings.putArray("metrics")::add);
    return settings;
  }

  private static Quickstart.Search search(Quickstart.Size size) {
    return new Quickstart.Search(
        SegmentationMetric.MIOU.label(),
        SegmentationMetric.MACC.label(),
        new Quickstart.Curves(6, 8),
        size.of(800),
        size.of(100),
        size.of(250),
        3,
        2,
        3);
  }
}

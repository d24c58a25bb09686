package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.task.TaskPreset;

/**
 * Presets of detection: {@code quick}, from fresh weights on two cores; {@code mobile}, from
 * ImageNet's on two cores; {@code paper}, the papers' re-training by mmdetection's 1x schedule (12
 * epochs of COCO's 117,266 images with objects, 16 at a time). Proxies of {@code paper} are one
 * epoch, as of Tao et al., "Searching parameterized AP loss for object detection", NeurIPS 2021:
 * what AutoLoss-Zero has there could not be had.
 */
final class DetectionPresets {
  private static final int EPOCH = 7_330;
  private static final int EPOCHS = 12;

  private DetectionPresets() {}

  static Optional<TaskPreset> of(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "quick" -> new TaskPreset(quick(), "", 600, 60, 150, 400);
          case "mobile" -> new TaskPreset(mobile(), "MobileNetV2", 0, 80, 300, 300);
          case "paper" -> new TaskPreset(paper(), "ResNet-50", 0, EPOCH, EPOCH, EPOCHS * EPOCH);
          default -> null;
        });
  }

  private static ObjectNode quick() {
    return settings("fasterrcnn:small,channels=48,width=128,anchor_size=8", "128x128", 8, 0.04)
        .put("anchorSamples", 64)
        .put("regionSamples", 64)
        .put("candidates", 400)
        .put("proposals", 200);
  }

  private static ObjectNode mobile() {
    return settings(
            "fasterrcnn:mobilenet_v2,norm=frozen,levels=3,channels=64,width=256,anchor_size=16",
            "256x192",
            2,
            0.01)
        .put("warmUp", "50")
        .put("anchorSamples", 128)
        .put("regionSamples", 64)
        .put("candidates", 500)
        .put("proposals", 300);
  }

  private static ObjectNode paper() {
    return settings(
            "fasterrcnn:resnet50,norm=frozen,frozen_stages=1,variant=mmdet", "1333x800", 16, 0.02)
        .put("weightDecay", 1e-4)
        .put("warmUp", "500")
        .put("schedule", "step:66.67%,91.67%");
  }

  private static ObjectNode settings(String network, String base, int batch, double rate) {
    return Json.MAPPER
        .createObjectNode()
        .put("network", network)
        .put("baseSize", base)
        .put("batchSize", batch)
        .put("learningRate", rate);
  }
}

package org.autoloss.task.pose;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.task.TaskPreset;

/**
 * Presets of poses: {@code quick}, from fresh weights on two cores; {@code mobile}, from ImageNet's
 * on two cores; {@code paper}, mmpose's training of SimpleBaseline by its 210 epochs of COCO's
 * 149,813 persons, 512 at a time. Proxies of {@code paper} are ten epochs, which is our choice:
 * what AutoLoss-Zero has there could not be had.
 */
final class PosePresets {
  private static final int EPOCH = 293;
  private static final int EPOCHS = 210;

  private PosePresets() {}

  static Optional<TaskPreset> of(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "quick" ->
              new TaskPreset(settings("unet:width=8", "64", 8, 0.003), "", 300, 100, 300, 400);
          case "mobile" ->
              new TaskPreset(
                  settings("simplebaseline:mobilenet_v2,channels=64", "128x96", 16, 0.001),
                  "MobileNetV2",
                  0,
                  150,
                  400,
                  400);
          case "paper" ->
              new TaskPreset(
                  settings("simplebaseline:resnet50", "256x192", 512, 5e-4),
                  "ResNet-50",
                  0,
                  10 * EPOCH,
                  EPOCHS * EPOCH,
                  EPOCHS * EPOCH);
          default -> null;
        });
  }

  static ObjectNode settings(String network, String crop, int batch, double rate) {
    return Json.MAPPER
        .createObjectNode()
        .put("network", network)
        .put("crop", crop)
        .put("batchSize", batch)
        .put("learningRate", rate);
  }
}

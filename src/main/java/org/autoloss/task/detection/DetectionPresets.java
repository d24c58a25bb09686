package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.task.TaskPreset;

/**
 * Presets of detection, and of instance segmentation, whose networks have one head more: {@code
 * quick}, from fresh weights on two cores; {@code mobile}, from ImageNet's on two cores; {@code
 * paper}, the papers' re-training by mmdetection's 1x schedule (12 epochs of COCO's 117,266 images
 * with objects, 16 at a time). Proxies of {@code paper} are one epoch, as of Tao et al., "Searching
 * parameterized AP loss for object detection", NeurIPS 2021: what AutoLoss-Zero has there could not
 * be had.
 */
public final class DetectionPresets {
  private static final int EPOCH = 7_330;
  private static final int EPOCHS = 12;

  private DetectionPresets() {}

  /**
   * A preset.
   *
   * @param name of it
   * @param masks whether the network has masks
   * @return empty if there is none of this name
   */
  public static Optional<TaskPreset> of(String name, boolean masks) {
    return Optional.ofNullable(
        switch (name) {
          case "quick" -> new TaskPreset(quick(masks), "", 600, 60, 150, 400);
          case "mobile" -> new TaskPreset(mobile(masks), "MobileNetV2", 0, 80, 300, 300);
          case "paper" ->
              new TaskPreset(paper(masks), "ResNet-50", 0, EPOCH, EPOCH, EPOCHS * EPOCH);
          default -> null;
        });
  }

  private static String network(boolean masks, String options) {
    return (masks ? "maskrcnn:" : "fasterrcnn:") + options;
  }

  private static ObjectNode quick(boolean masks) {
    String options = "small,channels=48,width=128,anchor_size=8" + (masks ? ",mask_width=16" : "");
    return settings(network(masks, options), "128x128", 8, 0.04)
        .put("anchorSamples", 64)
        .put("regionSamples", 64)
        .put("candidates", 400)
        .put("proposals", 200);
  }

  private static ObjectNode mobile(boolean masks) {
    String options =
        "mobilenet_v2,norm=frozen,levels=3,channels=64,width=256,anchor_size=16"
            + (masks ? ",mask_width=64" : "");
    return settings(network(masks, options), "256x192", 2, 0.01)
        .put("warmUp", "50")
        .put("clip", 10)
        .put("anchorSamples", 128)
        .put("regionSamples", 64)
        .put("candidates", 500)
        .put("proposals", 300);
  }

  private static ObjectNode paper(boolean masks) {
    String options = "resnet50,norm=frozen,frozen_stages=1,variant=mmdet";
    return settings(network(masks, options), "1333x800", 16, 0.02)
        .put("weightDecay", 1e-4)
        .put("warmUp", "500")
        .put("schedule", "step:66.67%,91.67%");
  }

  static ObjectNode settings(String network, String base, int batch, double rate) {
    return Json.MAPPER
        .createObjectNode()
        .put("network", network)
        .put("baseSize", base)
        .put("batchSize", batch)
        .put("learningRate", rate);
  }
}

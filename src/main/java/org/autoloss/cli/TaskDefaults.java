package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.task.TaskPreset;

/**
 * What a task has where no option says otherwise: fields of its settings. Those of a preset are for
 * segmentation, but where a task has its own.
 *
 * @param fields by their names
 */
record TaskDefaults(Map<String, Object> fields) {
  /** The field of the learning rate, a number or a word. */
  static final String RATE = "learningRate";

  private static final String CROP = "crop";
  private static final String BATCH = "batchSize";

  /** Copies the fields. */
  TaskDefaults {
    fields = Map.copyOf(fields);
  }

  /** Crops and batches; the rest is the task's. */
  static TaskDefaults of(int crop, int batch) {
    return new TaskDefaults(Map.of(CROP, crop, BATCH, batch));
  }

  /**
   * DeepLabV3+ on MobileNetV2, for weights of ImageNet, in trainings that two cores do in minutes.
   */
  static TaskDefaults mobile() {
    return of(128, 8)
        .with("network", "deeplabv3plus:mobilenet_v2,channels=128")
        .with(RATE, 0.05)
        .with("spareNorms", true)
        .with("minScale", 0.75)
        .with("maxScale", 1.5);
  }

  /**
   * The papers' trainings: SGD with momentum 0.9, weight decay 5e-4, poly with power 0.9, the head
   * at ten times the rate, images scaled to a base size and by 0.5 to 2.
   *
   * @param network ResNet-50 in searches, ResNet-101 in re-trainings
   * @param baseSize what images are scaled to first
   */
  static TaskDefaults paper(String network, int crop, int batch, String baseSize) {
    return of(crop, batch)
        .with("network", network)
        .with("baseSize", baseSize)
        .with("minScale", 0.5)
        .with("maxScale", 2.0)
        .with(RATE, 0.01)
        .with("headRate", 10);
  }

  /** Those of a task's own preset. */
  static TaskDefaults of(TaskPreset preset) {
    Map<String, Object> fields = new LinkedHashMap<>();
    preset.settings().properties().forEach(each -> fields.put(each.getKey(), each.getValue()));
    return new TaskDefaults(fields);
  }

  private TaskDefaults with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(fields);
    more.put(name, value);
    return new TaskDefaults(more);
  }

  /** Height and width of crops. */
  int crop() {
    return (Integer) fields.get(CROP);
  }

  /** Puts what is not there. */
  void addTo(ObjectNode json) {
    fields.forEach(
        (name, value) -> {
          if (!json.has(name)) {
            json.set(name, Json.MAPPER.valueToTree(value));
          }
        });
  }
}

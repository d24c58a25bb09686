package org.autoloss.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.autoloss.internal.Choice;
import org.autoloss.internal.Json;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.TaskPreset;
import org.autoloss.task.Tasks;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which task: its kind, data and network. */
final class TaskOptions {
  private static final String SEGMENTATION = "segmentation";

  @Option(
      names = "--task",
      defaultValue = SEGMENTATION,
      paramLabel = "KIND",
      description =
          "segmentation, detection, instances, pose, or a task of your own (see --plugins)")
  private String kind;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "folder of the data; segmentation needs one")
  private Path data;

  @Option(
      names = "--format",
      description = {
        "how data for segmentation lie in the folder: voc (PASCAL VOC's layout), cityscapes, or",
        "folders (images, masks, classes.txt) (default: what the folder looks like)"
      })
  private String format;

  @Option(
      names = "--network",
      paramLabel = "NAME[:OPTIONS]",
      description =
          "such as fcn, unet:width=16, deeplabv3plus or your own (default: the task's; of"
              + " segmentation unet)")
  private String network;

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description =
          "of detection, the same as the option variant of --network: torchvision, or mmdet, whose"
              + " numbers papers have (default: torchvision)")
  private String variant;

  @Option(names = "--width", description = "the same as the option width of --network")
  private Integer width;

  @Option(
      names = "--crop",
      paramLabel = "SIZE",
      description =
          "height and width of crops, in pixels, such as 96x128 or 64 (default: the preset's, else"
              + " 64; of poses 256x192)")
  private String crop;

  @Option(
      names = "--base-size",
      paramLabel = "SIZE",
      description =
          "largest longer and shorter side that images are scaled to before random scales, such as"
              + " 2048x512 (default: as they are)")
  private String baseSize;

  @Option(
      names = "--min-scale",
      description =
          "smallest random scale, the ratio to the base size (default: the task's; of segmentation"
              + " 0.8)")
  private Double minScale;

  @Option(
      names = "--max-scale",
      description =
          "largest random scale, the ratio to the base size (default: the task's; of segmentation"
              + " 1.25)")
  private Double maxScale;

  @Option(
      names = "--evaluate",
      defaultValue = "whole",
      paramLabel = "MODE",
      description =
          "what is measured: whole images at their own size, or the centre crop of each (whole,"
              + " crop)")
  private String evaluate;

  @Option(
      names = "--batch",
      description = "samples in a batch (default: the preset's, else 8; of eval: 16)")
  private Integer batch;

  @Option(
      names = "--learning-rate",
      description = {
        "of the first step, see --schedule; or auto, for searches and tables: the best on the reward",
        "list, tried before they begin, of searches for the first --baseline, else for the task's own",
        "(default: the preset's; of searches for segmentation auto, where that is a tenth of all steps",
        "at most, else the task's, 0.2)"
      })
  private String learningRate;

  @Mixin private RecipeOptions recipe;

  @Mixin private DeviceOptions device;

  @Option(
      names = "--metrics",
      split = ",",
      paramLabel = "NAME",
      description = {
        "metrics to count, comma-separated; of segmentation mIoU, FWIoU, mAcc, gAcc, BIoU, BF1,",
        "ChengBIoU, CsurkaBF (default: those of the command)"
      })
  private List<String> metrics;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "a setting of the task that has no option here; repeat it")
  private Map<String, String> settings;

  /**
   * The settings for a task's factory: what is given, and what the command has for all tasks.
   *
   * @param splits the lists that play the parts
   * @param defaults for what is not given
   * @param usualMetrics of segmentation where none are given; other tasks choose their own
   */
  ObjectNode settings(Map<Split, String> splits, TaskDefaults defaults, List<String> usualMetrics) {
    ObjectNode json = Json.MAPPER.createObjectNode().put("kind", kind);
    put(json, "data", data == null ? null : data.toString());
    SplitNames.putInto(json, splits);
    put(json, "network", network);
    put(json, "width", width);
    put(json, "variant", variant);
    put(json, "crop", crop);
    put(json, "evaluate", evaluate);
    put(json, "format", format);
    put(json, "baseSize", baseSize);
    put(json, "minScale", minScale);
    put(json, "maxScale", maxScale);
    put(json, "batchSize", batch);
    put(json, TaskDefaults.RATE, learningRate == null ? null : LearningRate.value(learningRate));
    recipe.addTo(json);
    device.addTo(json);
    defaults.addTo(json);
    put(json, "metrics", metrics == null && isSegmentation() ? usualMetrics : metrics);
    if (settings != null) {
      requireKnown(settings.keySet());
      settings.forEach((key, value) -> json.set(key, value(value)));
    }
    return json;
  }

  /** Refuses keys that mean nothing to the task, where it tells which do. */
  private void requireKnown(Set<String> keys) {
    List<String> known = Tasks.factory(kind).settings();
    if (!known.isEmpty()) {
      keys.forEach(key -> Choice.of("--set", known, name -> name, key));
    }
  }

  /** Whether the task is the one that has metrics of the papers' tables. */
  boolean isSegmentation() {
    return kind.equals(SEGMENTATION);
  }

  /** Whether nobody has chosen a learning rate, though the task could try rates out. */
  boolean hasUsualRate(ObjectNode settings) {
    return isSegmentation() && !settings.has(TaskDefaults.RATE);
  }

  /** What the task has under the name of a preset; empty where the preset is for segmentation. */
  Optional<TaskPreset> preset(String name) {
    return Tasks.factory(kind).preset(name.toLowerCase(Locale.ROOT));
  }

  /** Puts what is given. */
  static void put(ObjectNode json, String name, Object value) {
    if (value != null) {
      json.set(name, Json.MAPPER.valueToTree(value));
    }
  }

  /** Numbers and true or false as such, anything else as text. */
  private static JsonNode value(String text) {
    try {
      JsonNode node = Json.MAPPER.readTree(text);
      return node.isNumber() || node.isBoolean() ? node : TextNode.valueOf(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }
}

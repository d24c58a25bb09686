package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.nn.models.rcnn.Variant;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SettingNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;
import org.autoloss.task.TaskPreset;

/** Opens a {@link DetectionTask}. */
public final class DetectionTaskFactory implements TaskFactory {
  /** For {@link java.util.ServiceLoader}. */
  public DetectionTaskFactory() {}

  @Override
  public String name() {
    return DetectionTask.KIND;
  }

  @Override
  public List<String> settings() {
    return SettingNames.with(
        "variant",
        "baseSize",
        "smallestCrop",
        "candidates",
        "candidatesAtTest",
        "proposals",
        "proposalsAtTest",
        "anchorSamples",
        "regionSamples",
        "score",
        "detections");
  }

  @Override
  public Task open(JsonNode settings) {
    return new DetectionTask(
        DetectionSettings.of(settings), InitialWeights.of(settings).orElse(null));
  }

  @Override
  public Optional<TaskPreset> preset(String name) {
    return DetectionPresets.of(name, false);
  }

  @Override
  public Optional<Quickstart> quickstart(Quickstart.Size size) {
    return Optional.of(
        DetectionQuickstart.of(
            size,
            new DetectionQuickstart.Part(
                SceneLayout.DETECTION,
                "fasterrcnn" + DetectionQuickstart.SMALL,
                DetectionTask.branches(Variant.TORCHVISION),
                DetectionTask.BOXES,
                Map.of("GIoU", "giou,weight=10"))));
  }
}

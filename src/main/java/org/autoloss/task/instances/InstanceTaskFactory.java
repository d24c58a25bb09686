package org.autoloss.task.instances;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.nn.models.rcnn.Variant;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Quickstart;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;
import org.autoloss.task.TaskPreset;
import org.autoloss.task.detection.DetectionPresets;
import org.autoloss.task.detection.DetectionQuickstart;
import org.autoloss.task.detection.DetectionTaskFactory;

/** Opens an {@link InstanceTask}. */
public final class InstanceTaskFactory implements TaskFactory {
  /** For {@link java.util.ServiceLoader}. */
  public InstanceTaskFactory() {}

  @Override
  public String name() {
    return InstanceTask.KIND;
  }

  @Override
  public List<String> settings() {
    return Stream.concat(
            Stream.of(InstanceSettings.TARGETS), new DetectionTaskFactory().settings().stream())
        .toList();
  }

  @Override
  public Task open(JsonNode settings) {
    return new InstanceTask(
        InstanceSettings.of(settings), InitialWeights.of(settings).orElse(null));
  }

  @Override
  public Optional<TaskPreset> preset(String name) {
    return DetectionPresets.of(name, true);
  }

  @Override
  public Optional<Quickstart> quickstart(Quickstart.Size size) {
    return Optional.of(
        DetectionQuickstart.of(
            size,
            new DetectionQuickstart.Part(
                SceneLayout.INSTANCES,
                "maskrcnn" + DetectionQuickstart.SMALL + ",mask_width=16",
                InstanceTask.branches(Variant.TORCHVISION),
                InstanceTask.MASK,
                Map.of("focal", "focal"))));
  }
}

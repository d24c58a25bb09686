package org.autoloss.task.pose;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SettingNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;
import org.autoloss.task.TaskPreset;

/** Opens a {@link PoseTask}. */
public final class PoseTaskFactory implements TaskFactory {
  /** For {@link java.util.ServiceLoader}. */
  public PoseTaskFactory() {}

  @Override
  public String name() {
    return PoseTask.KIND;
  }

  @Override
  public Optional<TaskPreset> preset(String name) {
    return PosePresets.of(name);
  }

  @Override
  public Optional<Quickstart> quickstart(Quickstart.Size size) {
    return Optional.of(PoseQuickstart.of(size));
  }

  @Override
  public List<String> settings() {
    return SettingNames.with(
        "flip",
        "halfBody",
        "shift",
        "shiftProbability",
        "minScale",
        "maxScale",
        "rotation",
        "rotationProbability",
        "flipTest",
        "heatMapSigma",
        "sigmas");
  }

  @Override
  public Task open(JsonNode settings) {
    return new PoseTask(PoseSettings.of(settings), InitialWeights.of(settings).orElse(null));
  }
}

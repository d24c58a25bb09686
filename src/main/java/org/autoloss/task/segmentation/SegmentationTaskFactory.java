package org.autoloss.task.segmentation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SettingNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;

/** Opens a {@link SegmentationTask}. */
public final class SegmentationTaskFactory implements TaskFactory {
  /** For {@link java.util.ServiceLoader}. */
  public SegmentationTaskFactory() {}

  @Override
  public String name() {
    return SegmentationTask.KIND;
  }

  @Override
  public List<String> settings() {
    return SettingNames.with(
        "format",
        "width",
        "crop",
        "baseSize",
        "minScale",
        "maxScale",
        "evaluate",
        "precision",
        "tolerance",
        "dropBackground",
        "ignoredEdges",
        "chengDistance",
        "csurkaDistance");
  }

  @Override
  public Task open(JsonNode settings) {
    return new SegmentationTask(
        SegmentationSettings.of(settings), InitialWeights.of(settings).orElse(null));
  }

  @Override
  public Optional<Quickstart> quickstart(Quickstart.Size size) {
    return Optional.of(SegmentationQuickstart.of(size));
  }
}

package com.example.shapes;

import com.fasterxml.jackson.databind.JsonNode;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;

/** Opens the task {@code shapes} from the options of the command line, or from its own JSON. */
public final class ShapesTaskFactory implements TaskFactory {
  @Override
  public String name() {
    return ShapesTask.KIND;
  }

  @Override
  public Task open(JsonNode settings) {
    return new ShapesTask(
        settings.path("network").asText("pooled"),
        settings.path("batchSize").asInt(32),
        settings.path("learningRate").asDouble(0.3));
  }
}

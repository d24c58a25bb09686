package org.autoloss.spark;

import com.fasterxml.jackson.databind.JsonNode;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;

/** Opens a {@link ToyTask}. */
public final class ToyTaskFactory implements TaskFactory {
  @Override
  public String name() {
    return ToyTask.KIND;
  }

  @Override
  public Task open(JsonNode settings) {
    return new ToyTask(
        settings.path("data").asText(),
        settings.path("sleep").asInt(0),
        settings.path("behaviour").asText("usual"));
  }
}

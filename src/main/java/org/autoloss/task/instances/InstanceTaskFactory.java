package org.autoloss.task.instances;

import com.fasterxml.jackson.databind.JsonNode;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Task;
import org.autoloss.task.TaskFactory;

/** Opens an {@link InstanceTask}. */
public final class InstanceTaskFactory implements TaskFactory {
  /** For {@link java.util.ServiceLoader}. */
  public InstanceTaskFactory() {}

  @Override
  public String name() {
    return InstanceTask.KIND;
  }

  @Override
  public Task open(JsonNode settings) {
    return new InstanceTask(
        InstanceSettings.of(settings), InitialWeights.of(settings).orElse(null));
  }
}

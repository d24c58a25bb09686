package org.autoloss.spark;

import java.io.IOException;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.resource.ResourceInformation;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;
import org.autoloss.task.TaskModel;

/**
 * Carries a trial out on an executor. Losses that become NaN are results, and what is wrong with
 * data or a loss is an answer: only what ends the process makes Spark try again.
 */
final class TrialTask implements Function<Assignment, Answer> {
  private static final long serialVersionUID = 1;
  private static final String GPU = "gpu";

  @Override
  public Answer call(Assignment assignment) throws IOException {
    NativeCache.fill();
    String device = device(TaskContext.get().resourcesJMap());
    Machine machine = Machine.here(device == null ? "cpu" : device);
    try {
      Network network = new Network(assignment.wanted());
      TrialResult result = Ground.open(assignment, device, network).run(assignment.read());
      return Answer.of(result, machine, network.bytes);
    } catch (IllegalArgumentException | IllegalStateException e) {
      TaskContext.get().killTaskIfInterrupted(); // cancelled, which is no answer
      return Answer.refused(e.getMessage(), machine);
    }
  }

  /** The network that was trained, if it is wanted. */
  private static final class Network implements TrialRunner.Listener {
    private final boolean wanted;
    private byte[] bytes;

    Network(boolean wanted) {
      this.wanted = wanted;
    }

    @Override
    public void trained(Trial trial, TaskModel model) {
      if (wanted) {
        bytes = CheckpointBytes.of(model.checkpoint());
      }
    }
  }

  /** The GPU that Spark has given to this task; null if it gave none. */
  private static String device(Map<String, ResourceInformation> resources) {
    ResourceInformation gpus = resources.get(GPU);
    return gpus == null ? null : "cuda:" + gpus.addresses()[0];
  }
}

package org.autoloss.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.TensorData;
import org.autoloss.train.StepListener;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What searches need of every task: see {@link Task} and {@link TaskModel}. Tests of a task extend
 * this; the task should be small.
 */
public abstract class TaskContract {
  private static final int STEPS = 3;

  @TempDir private Path folder;

  /**
   * The task.
   *
   * @return with data for the splits train and reward
   */
  protected abstract Task task();

  /**
   * Opens a task again, as a run does that goes on.
   *
   * @param json what {@link Task#toJson} gave
   * @return the task
   */
  protected Task reopen(ObjectNode json) {
    return Tasks.open(json);
  }

  private static void assertSame(Checkpoint got, Checkpoint expected) throws IOException {
    assertThat(got.spec()).isEqualTo(expected.spec());
    assertThat(got.state().tensors().keySet()).isEqualTo(expected.state().tensors().keySet());
    for (Map.Entry<String, TensorData> tensor : expected.state().tensors().entrySet()) {
      TensorData other = got.state().get(tensor.getKey());
      assertThat(other.shape()).isEqualTo(tensor.getValue().shape());
      assertThat(other.floats()).as(tensor.getKey()).isEqualTo(tensor.getValue().floats());
    }
  }

  private static boolean differ(Checkpoint one, Checkpoint other) throws IOException {
    for (Map.Entry<String, TensorData> tensor : one.state().tensors().entrySet()) {
      float[] values = other.state().get(tensor.getKey()).floats();
      if (!java.util.Arrays.equals(tensor.getValue().floats(), values)) {
        return true;
      }
    }
    return false;
  }

  private static TrainingResult train(Task task, TaskModel model) {
    try (LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      return new Trainer(task.training(STEPS), StepListener.NONE).train(model, losses);
    }
  }

  private static double[] predicted(TaskModel model, long step) {
    try (PointerScope scope = new PointerScope()) {
      return model.forward(step).values().stream()
          .map(Pair::predicted)
          .mapToDouble(tensor -> tensor.abs().sum().item_double())
          .toArray();
    }
  }

  @Test
  void branchesAndMetrics_haveNamesOfTheirOwn() {
    Task task = task();
    assertThat(task.branchNames()).isNotEmpty().doesNotHaveDuplicates();
    List<String> labels = task.metrics().stream().map(Metric::label).toList();
    assertThat(labels).isNotEmpty().doesNotHaveDuplicates();
    assertThat(labels).allMatch(label -> label.matches("[^\\s+*,]+"));
    LossSet.parse(task.baseline(), task.branchInputs()).close();
    assertThat(task.training(STEPS).steps()).isEqualTo(STEPS);
  }

  @Test
  void begin_seed_decidesWeightsAndBatches() throws IOException {
    Task task = task();
    try (TaskModel one = task.begin(Split.TRAIN, 5);
        TaskModel same = task.begin(Split.TRAIN, 5);
        TaskModel other = task.begin(Split.TRAIN, 6)) {
      assertSame(same.checkpoint(), one.checkpoint());
      assertThat(predicted(same, 0)).isEqualTo(predicted(one, 0));
      assertThat(differ(other.checkpoint(), one.checkpoint())).isTrue();
      assertThat(one.isFinite()).isTrue();
    }
  }

  @Test
  void forward_everyBranch_hasAPairThatItsBaselineLearnsFrom() {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 5);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs());
        PointerScope scope = new PointerScope()) {
      Map<String, Pair> pairs = model.forward(0);
      assertThat(pairs.keySet()).containsExactlyInAnyOrderElementsOf(task.branchNames());
      assertThat(pairs.values()).allMatch(pair -> pair.predicted().requires_grad());
      Tensor value = losses.apply(pairs);
      assertThat(value.item_double()).isFinite();
      assertThat(value.requires_grad()).isTrue();
    }
  }

  @Test
  void forward_batch_isTheSameWheneverItIsAskedFor() {
    Task task = task();
    try (TaskModel forwards = task.begin(Split.TRAIN, 5);
        TaskModel straight = task.begin(Split.TRAIN, 5)) {
      predicted(forwards, 0);
      predicted(forwards, 1);
      assertThat(predicted(forwards, 9)).isEqualTo(predicted(straight, 9));
    }
  }

  @Test
  void train_again_givesTheSameWeightsAndMetricsOnAnyThread() throws Exception {
    Task task = task();
    try (TaskModel here = task.begin(Split.TRAIN, 5);
        TaskModel there = task.begin(Split.TRAIN, 5)) {
      Checkpoint before = here.checkpoint();
      assertThat(train(task, here).complete()).isTrue();
      assertThat(differ(here.checkpoint(), before)).isTrue();
      AtomicReference<Map<Metric, Double>> measured = new AtomicReference<>();
      Thread thread =
          new Thread(
              () -> {
                train(task, there);
                measured.set(there.evaluate(Split.REWARD).values());
              });
      thread.start();
      thread.join();
      assertSame(there.checkpoint(), here.checkpoint());
      Map<Metric, Double> metrics = here.evaluate(Split.REWARD).values();
      assertThat(measured.get()).isEqualTo(metrics);
      assertThat(List.copyOf(metrics.keySet())).isEqualTo(List.copyOf(task.metrics()));
      assertSame(here.checkpoint(), there.checkpoint()); // to be measured changes nothing
    }
  }

  @Test
  void resume_checkpointFromAFile_goesOnWithItsWeights() throws IOException {
    Task task = task();
    Path file = folder.resolve("net.ckpt");
    try (TaskModel model = task.begin(Split.TRAIN, 5)) {
      train(task, model);
      model.checkpoint().write(file);
      Checkpoint kept = Checkpoint.read(file);
      try (TaskModel resumed = task.resume(kept, Split.TRAIN, 6)) {
        assertSame(resumed.checkpoint(), model.checkpoint());
        train(task, resumed);
        assertSame(kept, Checkpoint.read(file)); // the start stays as it is
      }
    }
  }

  @Test
  void resetHeads_seed_decidesTheHeadsAndLeavesTheRest() throws IOException {
    Task task = task();
    Checkpoint start;
    try (TaskModel model = task.begin(Split.TRAIN, 5)) {
      train(task, model);
      start = model.checkpoint();
    }
    try (TaskModel one = task.resume(start, Split.TRAIN, 6);
        TaskModel same = task.resume(start, Split.TRAIN, 6)) {
      one.resetHeads();
      same.resetHeads();
      assertSame(one.checkpoint(), same.checkpoint());
      assertThat(differ(one.checkpoint(), start)).isTrue();
    }
  }

  @Test
  void toJson_openedAgain_isTheSameTask() throws IOException {
    Task task = task();
    ObjectNode json = task.toJson();
    assertThat(json.path("kind").asText()).isNotEmpty();
    Task again = reopen(json.deepCopy());
    assertThat(again.toJson()).isEqualTo(json);
    try (TaskModel model = task.begin(Split.TRAIN, 5);
        TaskModel reopened = again.begin(Split.TRAIN, 5)) {
      assertSame(reopened.checkpoint(), model.checkpoint());
      assertThat(predicted(reopened, 0)).isEqualTo(predicted(model, 0));
    }
  }

  @Test
  void close_twice_isHarmless() {
    TaskModel model = task().begin(Split.TRAIN, 5);
    model.close();
    model.close();
  }
}

package org.autoloss.task.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.autoloss.data.ObjectRange;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.Range;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetectionTaskTest {
  @TempDir static Path folder;

  @BeforeAll
  static void draw() throws IOException {
    BoxScenes.write(folder, "train", 12, 1);
    BoxScenes.write(folder, "test", 6, 2);
  }

  private static ObjectNode settings() {
    return SmallDetectors.settings(
        "detection",
        "fasterrcnn:mobilenet_v2,levels=3,channels=16,width=32,anchor_size=16",
        folder,
        "test");
  }

  private static Task task() {
    return Tasks.open(settings());
  }

  @Test
  void open_itsOwnJson_givesTheSameTask() {
    Task task = task();
    assertThat(task.branchNames())
        .containsExactly("loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg");
    assertThat(task.metrics()).hasSize(12);
    assertThat(task.toJson().path("sha256").path("train").asText()).hasSize(64);
    assertThat(task.contents().path("train").path("red").asInt()).isPositive();
    assertThat(Tasks.open(task.toJson()).toJson()).isEqualTo(task.toJson());
  }

  @Test
  void evaluate_range_hasTheObjectsOfItsImagesAlone() {
    ObjectRange middle = new ObjectRange(((DetectionTask) task()).dataset(Split.TEST), 2, 4);
    assertThat(middle.size()).isEqualTo(2);
    assertThat(middle.annotations().imageIds()).hasSize(2).contains(middle.get(0).id());
    assertThat(middle.annotations().objects())
        .isNotEmpty()
        .allMatch(object -> middle.annotations().imageIds().contains(object.image()));
    try (TaskModel model = task().begin(Split.TRAIN, 3)) {
      assertThat(model.evaluate(Split.TEST, Range.ALL).values())
          .isEqualTo(model.evaluate(Split.TEST).values());
      assertThat(model.evaluate(Split.TEST, new Range(0, 0.5)).values()).hasSize(12);
    }
  }

  @Test
  void train_baselines_detectsBetterThanBefore() {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      double before = model.evaluate(Split.TRAIN).value(CocoMetric.AP50);
      TrainingResult result =
          new Trainer(task.training(150), (step, steps, loss) -> {}).train(model, losses);
      assertThat(result.complete()).isTrue();
      assertThat(result.lastLoss()).isLessThan(result.firstLoss());
      Evaluation after = model.evaluate(Split.TRAIN);
      assertThat(after.value(CocoMetric.AP50)).isGreaterThan(Math.max(0.1, 2 * before));
    }
  }

  @Test
  void forward_sameSeedAndStep_givesTheSameBits() {
    Task task = task();
    try (TaskModel one = task.begin(Split.TRAIN, 5);
        TaskModel other = task.begin(Split.TRAIN, 5);
        PointerScope scope = new PointerScope()) {
      other.forward(3); // batches are addressed, not drawn in order; statistics do not matter here
      Map<String, Pair> first = one.forward(2);
      Map<String, Pair> second = other.forward(2);
      for (String branch : task.branchNames()) {
        assertThat(first.get(branch).target().equal(second.get(branch).target())).isTrue();
        assertThat(first.get(branch).predicted().equal(second.get(branch).predicted())).isTrue();
      }
    }
  }

  @Test
  void apply_lossesOfBoxesAndOfDeltas_areBothFiniteWithGradients() {
    Task task = task();
    for (String box : new String[] {"smooth_l1", "l1", "giou", "2*iou"}) {
      String text =
          "loss_objectness=focal;loss_rpn_box_reg="
              + box
              + ";loss_classifier=ce;loss_box_reg="
              + box;
      try (TaskModel model = task.begin(Split.TRAIN, 5);
          LossSet losses = LossSet.parse(text, task.branchInputs());
          PointerScope scope = new PointerScope()) {
        Tensor value = losses.apply(model.forward(0));
        assertThat(value.item_double()).isPositive().isFinite();
        assertThat(value.requires_grad()).isTrue();
      }
    }
  }

  @Test
  void apply_batchWithoutObjects_isFiniteWithAGradient(@TempDir Path empty) throws IOException {
    BoxScenes.write(empty, "train", 2, 1);
    SmallDetectors.edit(empty, ArrayNode::removeAll);
    Task task = Tasks.open(SmallDetectors.on(settings(), empty));
    assertThat(task.warnings())
        .containsExactly("train: there is no object of red", "train: there is no object of blue");
    for (String box : new String[] {"smooth_l1", "giou"}) {
      String text =
          "loss_objectness=bce;loss_rpn_box_reg=" + box + ";loss_classifier=ce;loss_box_reg=" + box;
      try (TaskModel model = task.begin(Split.TRAIN, 5);
          LossSet losses = LossSet.parse(text, task.branchInputs());
          PointerScope scope = new PointerScope()) {
        Tensor value = losses.apply(model.forward(0));
        value.backward();
        assertThat(value.item_double()).isPositive().isFinite();
        assertThat(model.isFinite()).isTrue();
      }
    }
  }

  @Test
  void resume_itsCheckpoint_measuresTheSame() {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3)) {
      Checkpoint checkpoint = model.checkpoint();
      try (TaskModel again = task.resume(checkpoint, Split.TEST, 9)) {
        assertThat(again.evaluate(Split.TEST).values())
            .isEqualTo(model.evaluate(Split.TEST).values());
      }
    }
  }

  @Test
  void drawExamples_split_leavesPictures(@TempDir Path pictures) throws IOException {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3)) {
      ExampleFiles files = new ExampleFiles(pictures, "ce");
      model.drawExamples(Split.TEST, files);
      assertThat(files.image(0)).exists();
      assertThat(files.labels(3)).exists();
      assertThat(files.prediction(3)).exists();
    }
  }

  @Test
  void open_imagesInTwoSplits_isRefused() throws IOException {
    Files.copy(folder.resolve("annotations/train.json"), folder.resolve("annotations/copy.json"));
    ObjectNode json = settings();
    json.putObject("splits").put("train", "train").put("test", "copy");
    assertThatThrownBy(() -> Tasks.open(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected no sample in both train and copy, got train0.png");
  }

  @Test
  void open_missingImage_isRefused(@TempDir Path other) throws IOException {
    BoxScenes.write(other, "train", 2, 1);
    Files.delete(other.resolve("images/train1.png"));
    ObjectNode json = SmallDetectors.on(settings(), other);
    assertThatThrownBy(() -> Tasks.open(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("train1.png");
  }
}

package org.autoloss.task.instances;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.autoloss.Device;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.PairGraphLoss;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.detection.BoxMetric;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskContract;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.task.detection.SmallDetectors;
import org.autoloss.train.StepListener;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceTaskTest extends TaskContract {
  private static final String BOX_LOSSES =
      "loss_objectness=bce;loss_rpn_box_reg=smooth_l1;loss_classifier=ce;loss_box_reg=smooth_l1;";

  @TempDir static Path folder;

  @BeforeAll
  static void draw() throws IOException {
    DiscScenes.write(folder, "train", 12, 1);
    DiscScenes.write(folder, "reward", 4, 2);
  }

  private static ObjectNode settings() {
    return SmallDetectors.settings(
        "instances",
        "maskrcnn:mobilenet_v2,levels=3,channels=16,width=32,mask_width=16,anchor_size=16",
        folder,
        "reward");
  }

  @Override
  protected Task task() {
    return Tasks.open(settings());
  }

  @Test
  void open_usualSettings_hasFiveBranchesAndMetricsOfMasksAndBoxes() {
    Task task = task();
    assertThat(task.branchNames())
        .containsExactly(
            "loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg", "loss_mask");
    assertThat(task.baseline()).isEqualTo(BOX_LOSSES + "loss_mask=bce");
    assertThat(task.metrics().stream().map(Metric::label))
        .startsWith("AP", "AP50", "AP75", "APs")
        .endsWith("ARl", "boxAP", "boxAP50", "boxAP75");
    assertThat(task.contents().path("train").path("red").asInt()).isPositive();
  }

  @Test
  void train_baselines_drawsMasksBetterThanBefore() {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      double before = model.evaluate(Split.TRAIN).value(CocoMetric.AP50);
      TrainingResult result =
          new Trainer(task.training(150), StepListener.NONE).train(model, losses);
      assertThat(result.complete()).isTrue();
      assertThat(result.lastLoss()).isLessThan(result.firstLoss());
      Evaluation after = model.evaluate(Split.TRAIN);
      assertThat(after.value(CocoMetric.AP50)).isGreaterThan(Math.max(0.1, 2 * before));
      assertThat(after.value(new BoxMetric(CocoMetric.AP50))).isGreaterThan(0.1);
    }
  }

  @Test
  void forward_maskBranch_comparesMapsOfRegionsWithObjects() {
    for (String targets : new String[] {"soft", "binary"}) {
      Task task = Tasks.open(settings().put("maskTargets", targets));
      assertThat(task.toJson().path("maskTargets").asText()).isEqualTo(targets);
      try (TaskModel model = task.begin(Split.TRAIN, 5);
          PointerScope scope = new PointerScope()) {
        Pair pair = model.forward(0).get("loss_mask");
        assertThat(pair.predicted().shape()).endsWith(1, 28, 28);
        assertThat(pair.predicted().size(0)).isPositive();
        Tensor target = pair.target();
        assertThat(target.ge(new org.bytedeco.pytorch.Scalar(0.0)).all().item_bool()).isTrue();
        boolean whole = target.eq(target.round()).all().item_bool();
        assertThat(whole).isEqualTo(targets.equals("binary"));
        double inside = target.mean().item_double(); // most of a region is its object
        assertThat(inside).isBetween(0.3, 0.95);
        double sure = pair.predicted().abs().mean().item_double(); // a fresh network is of nothing
        assertThat(sure).isLessThan(0.5);
      }
    }
  }

  @Test
  void apply_lossesOfMasks_areFiniteWithGradients() {
    Task task = task();
    for (String mask :
        new String[] {
          "focal", "expr:neg(mul(y,log(yhat)))", "expr:square(add(maxpool3(y),neg(yhat)))"
        }) {
      try (TaskModel model = task.begin(Split.TRAIN, 5);
          LossSet losses = LossSet.parse(BOX_LOSSES + "loss_mask=" + mask, task.branchInputs());
          PointerScope scope = new PointerScope()) {
        Tensor value = losses.apply(model.forward(0));
        value.backward();
        assertThat(value.item_double()).isPositive().isFinite();
        assertThat(model.isFinite()).isTrue();
      }
    }
  }

  @Test
  void apply_batchWithoutObjects_isFiniteWithAGradient(@TempDir Path empty) throws IOException {
    DiscScenes.write(empty, "train", 2, 1);
    SmallDetectors.edit(empty, ArrayNode::removeAll);
    Task task = Tasks.open(on(empty));
    try (TaskModel model = task.begin(Split.TRAIN, 5);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs());
        PointerScope scope = new PointerScope()) {
      Tensor value = losses.apply(model.forward(0));
      value.backward();
      assertThat(value.item_double()).isPositive().isFinite();
    }
  }

  @Test
  void rejection_ofMasks_acceptsALossThatDrawsThemAndNotItsOpposite() {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3)) {
      Checkpoint start = model.checkpoint();
      ObjectiveMetric objective = ObjectiveMetric.parse("AP", task.metrics());
      RejectionPlan plan = new RejectionPlan(task.rejectionSettings(), 3, 32, Device.CPU);
      Map<String, RejectionProtocol> protocols =
          task.rejection(List.of(InstanceTask.MASK), objective, plan, () -> start, 5);
      assertThat(protocols.keySet()).containsExactly("loss_mask");
      LossGraph good = graph("neg(mul(y,log(yhat)))");
      List<RejectionResult> results =
          protocols.get("loss_mask").evaluate(List.of(good, graph("neg(" + good + ")")));
      assertThat(results.stream().map(RejectionResult::status))
          .containsExactly(RejectionResult.Status.ACCEPTED, RejectionResult.Status.BELOW_THRESHOLD);
    }
  }

  private static LossGraph graph(String text) {
    return LossGraph.parse(text, PairGraphLoss.inputs(LossInput.BINARY));
  }

  @Test
  void evaluate_masks_namesTheCategories() {
    try (TaskModel model = task().begin(Split.TRAIN, 3)) {
      assertThat(model.evaluate(Split.REWARD).namedClasses().get(CocoMetric.AR100))
          .containsOnlyKeys("red", "blue");
    }
  }

  private static ObjectNode on(Path data) {
    return SmallDetectors.on(settings(), data);
  }

  @Test
  void open_objectWithoutAMask_isRefused(@TempDir Path other) throws IOException {
    DiscScenes.write(other, "train", 2, 1);
    SmallDetectors.edit(
        other, annotations -> ((ObjectNode) annotations.get(1)).remove("segmentation"));
    assertThatThrownBy(() -> Tasks.open(on(other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("train.json")
        .hasMessageContaining("annotation 2 without 'segmentation'");
  }

  @Test
  void open_masksThatDiffer_haveAnotherFingerprint(@TempDir Path other) throws IOException {
    DiscScenes.write(other, "train", 2, 1);
    String before = Tasks.open(on(other)).toJson().path("sha256").path("train").asText();
    SmallDetectors.edit(
        other,
        annotations ->
            ((ObjectNode) annotations.get(0))
                .set("segmentation", annotations.get(1).path("segmentation")));
    assertThat(Tasks.open(on(other)).toJson().path("sha256").path("train").asText())
        .hasSize(64)
        .isNotEqualTo(before);
  }

  @Test
  void open_layoutWithoutMasks_isRefused(@TempDir Path other) {
    assertThatThrownBy(() -> Tasks.open(on(other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected COCO's layout");
  }

  @Test
  void open_metricOfBoxes_isMeasuredAlone() {
    ObjectNode json = settings();
    json.putArray("metrics").add("boxAP75").add("AP");
    Task task = Tasks.open(json);
    try (TaskModel model = task.begin(Split.TRAIN, 5)) {
      assertThat(model.evaluate(Split.REWARD).values().keySet())
          .containsExactly(new BoxMetric(CocoMetric.AP75), CocoMetric.AP);
    }
    json.putArray("metrics").add("mIoU");
    assertThatThrownBy(() -> Tasks.open(json)).hasMessageContaining("boxAP75");
  }

  @Test
  void drawExamples_split_fillsTheObjects(@TempDir Path pictures) throws IOException {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3)) {
      ExampleFiles files = new ExampleFiles(pictures, "ce");
      model.drawExamples(Split.REWARD, files);
      assertThat(files.prediction(3)).exists();
      BufferedImage image = ImageIO.read(files.image(0).toFile());
      BufferedImage labels = ImageIO.read(files.labels(0).toFile());
      int changed = 0;
      for (int i = 0; i < 80 * 64; i++) {
        changed += image.getRGB(i % 80, i / 80) == labels.getRGB(i % 80, i / 80) ? 0 : 1;
      }
      // two ellipses of at least 150 pixels each; outlines alone would be fewer
      assertThat(changed).isGreaterThan(300);
    }
  }
}

package org.autoloss.task.pose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.autoloss.Device;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionResult;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.KeypointSimilarity;
import org.autoloss.metric.detection.PckMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.Range;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskContract;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.autoloss.train.UndefinedLogitsException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Poses of drawn figures. */
class PoseTaskTest extends TaskContract {
  @TempDir static Path root;
  private static Path data;

  @BeforeAll
  static void draw() throws IOException {
    data = root.resolve("figures");
    new SceneSet(
            new SceneOptions(SceneFamily.PARK, 64, 7, 1, false),
            Map.of(SceneSplit.TRAIN, 24, SceneSplit.REWARD, 6, SceneSplit.TEST, 4))
        .write(data, SceneLayout.POSE, false, done -> {});
  }

  private static ObjectNode settings() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("kind", "pose").put("data", data.toString()).put("crop", "64");
    json.putObject("splits").put("train", "train").put("reward", "reward").put("test", "test");
    return json.put("network", "simplebaseline:mobilenet_v2,channels=16")
        .put("batchSize", 4)
        .put("evaluationBatch", 3)
        .put("heatMapSigma", 1.5)
        .put("learningRate", 0.003);
  }

  @Override
  protected Task task() {
    return Tasks.open(settings());
  }

  @Test
  void open_settings_giveOneBranchAndTwelveMetrics() {
    Task task = task();
    assertThat(task.branchNames()).containsExactly("loss_keypoint");
    assertThat(task.baseline()).isEqualTo("mse");
    assertThat(task.metrics().stream().map(Object::toString))
        .containsExactly(
            "AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl", "PCK", "PCK05");
    assertThat(task.contents().path("train").path("left_knee").asInt()).isPositive();
    assertThat(task.warnings().get(0)).contains("0.07").contains("--set sigmas");
    assertThat(Tasks.open(settings().put("sigmas", 0.1)).warnings()).isEmpty();
  }

  @Test
  void train_baseline_findsPointsThatItDidNotFindBefore() {
    Task task =
        Tasks.open(
            settings()
                .put("batchSize", 8)
                .put("rotationProbability", 0)
                .put("halfBody", 0)
                .put("minScale", 0.9)
                .put("maxScale", 1.1)
                .put("sigmas", 0.2)); // a heat map's pixel is a tenth of a figure here
    try (TaskModel model = task.begin(Split.TRAIN, 3);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      double before = model.evaluate(Split.TRAIN).value(PckMetric.PCK);
      TrainingResult result =
          new Trainer(task.training(250), (step, steps, loss) -> {}).train(model, losses);
      assertThat(result.complete()).isTrue();
      assertThat(result.lastLoss()).isLessThan(result.firstLoss());
      Evaluation after = model.evaluate(Split.TRAIN);
      assertThat(after.value(PckMetric.PCK)).isGreaterThan(before + 0.2);
      assertThat(after.value(CocoMetric.AP50)).isPositive();
      assertThat(after.namedClasses().get(PckMetric.PCK)).containsKey("left_knee");
    }
  }

  @Test
  void forward_hiddenPoints_areTargetsAndUnlabelledOnesAreLeftOut() {
    try (TaskModel model = task().begin(Split.TRAIN, 3);
        LossSet losses = LossSet.parse("mse", task().branchInputs());
        PointerScope scope = new PointerScope()) {
      boolean left = false;
      for (int step = 0; step < 6; step++) {
        Pair pair = model.forward(step).get(PoseTask.BRANCH);
        assertThat(pair.predicted().shape()).containsExactly(4, 13, 16, 16);
        Tensor peaks = pair.target().amax(new long[] {2, 3}, false);
        // a map that is left out is empty, and does not count
        Tensor absent = pair.present().eq(new Scalar(0));
        assertThat(peaks.masked_select(absent).abs().sum().item_double()).isZero();
        left |= absent.any().item_bool();
        double mse =
            pair.predicted()
                .sub(pair.target())
                .square()
                .mul(pair.present().view(4, 13, 1, 1))
                .mean()
                .item_double();
        assertThat(losses.apply(Map.of(PoseTask.BRANCH, pair)).item_double())
            .isCloseTo(mse, within(1e-6 * mse + 1e-9));
      }
      assertThat(left).as("a point that is not labelled").isTrue();
    }
  }

  @Test
  void apply_otherLosses_areFiniteWithGradients() {
    Task task = task();
    for (String text :
        new String[] {
          "wing", "awing", "kl", "0.5*mse+kl", "expr:square(add(yhat,neg(maxpool3(y))))"
        }) {
      try (TaskModel model = task.begin(Split.TRAIN, 5);
          LossSet losses = LossSet.parse(text, task.branchInputs());
          PointerScope scope = new PointerScope()) {
        Tensor value = losses.apply(model.forward(0));
        value.backward();
        assertThat(value.item_double()).as(text).isPositive().isFinite();
        assertThat(model.isFinite()).isTrue();
      }
    }
  }

  @Test
  void evaluate_range_hasThePosesOfItsImagesAlone() {
    Task task = task();
    assertThat(task.samples(Split.REWARD)).hasValue(6);
    PoseTask poses = (PoseTask) task;
    int first = poses.poses(Split.REWARD, new Range(0, 0.5)).size();
    int second = poses.poses(Split.REWARD, new Range(0.5, 1)).size();
    assertThat(first + second).isEqualTo(poses.poses(Split.REWARD).size());
    try (TaskModel model = task.begin(Split.TRAIN, 3)) {
      assertThat(model.evaluate(Split.REWARD, Range.ALL).values())
          .isEqualTo(model.evaluate(Split.REWARD).values());
      assertThat(model.evaluate(Split.REWARD, new Range(0.7, 1)).values()).hasSize(12);
    }
  }

  @Test
  void preset_names_openWithTheirSettings() {
    for (String name : new String[] {"quick", "mobile", "paper"}) {
      ObjectNode json = Tasks.factory("pose").preset(name).orElseThrow().settings();
      json.put("kind", "pose").put("data", data.toString());
      json.putObject("splits").put("train", "train");
      assertThat(Tasks.open(json).toJson().path("network")).isEqualTo(json.path("network"));
    }
    assertThat(Tasks.factory("pose").preset("huge")).isEmpty();
  }

  @Test
  void similarity_sigmas_areCocosOrGiven() {
    PoseTask task = (PoseTask) task();
    assertThat(task.settings().similarity(task.poses(Split.TRAIN).skeleton()))
        .isEqualTo(KeypointSimilarity.uniform(13, 0.07));
    assertThatThrownBy(() -> Tasks.open(settings().put("sigmas", "0.1,0.2")))
        .hasMessageStartingWith("sigmas: expected one, or one for each of the keypoints head, ")
        .hasMessageEndingWith("got 2");
    assertThatThrownBy(() -> Tasks.open(settings().put("sigmas", "0.1,wide")))
        .hasMessage("sigmas: expected numbers, as in 0.03,0.05, got '0.1,wide'");
  }

  @Test
  void evaluate_weightsThatAreNoNumbers_isRefused() {
    try (TaskModel model = task().begin(Split.TRAIN, 3)) {
      Task fast = Tasks.open(settings().put("learningRate", 1e30));
      try (TaskModel wild = fast.resume(model.checkpoint(), Split.TRAIN, 1);
          LossSet losses = LossSet.parse("mse", fast.branchInputs())) {
        new Trainer(fast.training(3), (step, steps, loss) -> {}).train(wild, losses);
        assertThatThrownBy(() -> wild.evaluate(Split.TEST))
            .isInstanceOf(UndefinedLogitsException.class);
      }
    }
  }

  @Test
  void drawExamples_split_leavesSkeletonsAndWhatTheyAreWorth(@TempDir Path pictures)
      throws IOException {
    try (TaskModel model = task().begin(Split.TRAIN, 3)) {
      ExampleFiles files = new ExampleFiles(pictures, "mse");
      model.drawExamples(Split.TEST, files);
      assertThat(files.readCaption(3)).matches("OKS 0\\.\\d\\d, PCK \\d+ %");
      for (Path file : new Path[] {files.image(0), files.labels(3), files.errors(3)}) {
        assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(256);
      }
      assertThat(Files.readAllBytes(files.labels(0)))
          .isNotEqualTo(Files.readAllBytes(files.image(0)));
      assertThat(files.prediction(3)).exists();
    }
  }

  @Test
  void begin_cropThatTheNetworkCannotDivide_isRefused() {
    Task task = Tasks.open(settings().put("crop", "72x64"));
    assertThatThrownBy(() -> task.begin(Split.TRAIN, 1))
        .hasMessage(
            "crop: expected a height and a width that are multiples of 32, as the network divides"
                + " them by it, got 72x64");
  }

  @Test
  void open_settingsThatPosesHaveNot_areRefused() {
    assertThatThrownBy(() -> Tasks.open(settings().put("precision", "bfloat16")))
        .hasMessageStartingWith("precision: expected nothing");
    assertThat(Tasks.open(settings().put("learningRate", "auto")).learningRates()).hasSize(5);
    assertThat(task().learningRates()).isEmpty();
    ObjectNode json = settings();
    json.remove("data");
    assertThatThrownBy(() -> Tasks.open(json)).hasMessageContaining("give --data");
  }

  @Test
  void open_defaults_areThePapers() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("data", data.toString()).put("crop", 64); // a command's for other tasks
    PoseSettings usual = PoseSettings.of(json);
    assertThat(usual.network()).isEqualTo("simplebaseline:resnet50");
    assertThat(usual.crop().height()).isEqualTo(256);
    assertThat(usual.crop().width()).isEqualTo(192);
    assertThat(usual.toJson().path("optimizer").asText()).isEqualTo("adam");
    assertThat(usual.toJson().path("schedule").asText()).isEqualTo("step:81%,95%");
    assertThat(PoseSettings.of(usual.toJson())).isEqualTo(usual);
    ObjectNode sgd = usual.toJson().put("optimizer", "sgd");
    assertThat(PoseSettings.of(PoseSettings.of(sgd).toJson()).toJson()).isEqualTo(sgd);
  }

  // Cross entropy over the pixels of a map, which does not see a constant.
  private static final String SOFTMAX =
      "add(mul(mean_nhw(y),log(mean_nhw(exp(yhat)))),neg(mul(y,yhat)))";

  @Test
  void rejection_afterAShortTraining_acceptsSquaresAndNotWhatAConstantServes() {
    Task task = task();
    try (TaskModel model = task.begin(Split.TRAIN, 3);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      new Trainer(task.training(20), (step, steps, loss) -> {}).train(model, losses);
      Checkpoint start = model.checkpoint();
      List<RejectionResult> results =
          task.rejection(
                  task.branches(),
                  ObjectiveMetric.parse("AP", task.metrics()),
                  new RejectionPlan(task.rejectionSettings(), 3, 32, Device.CPU),
                  () -> start,
                  5)
              .get(PoseTask.BRANCH)
              .evaluate(
                  List.of(
                      LossGraph.parse("square(add(y,neg(yhat)))"),
                      LossGraph.parse("neg(square(add(y,neg(yhat))))"),
                      LossGraph.parse("neg(mul(y,yhat))"),
                      LossGraph.parse("mul(y,square(add(y,neg(yhat))))"),
                      LossGraph.parse(SOFTMAX),
                      LossGraph.parse("mean_c(y)")));
      assertThat(results.stream().map(RejectionResult::status))
          .containsExactly(
              RejectionResult.Status.ACCEPTED,
              RejectionResult.Status.BELOW_THRESHOLD,
              RejectionResult.Status.BELOW_THRESHOLD,
              RejectionResult.Status.BELOW_THRESHOLD,
              RejectionResult.Status.ACCEPTED,
              RejectionResult.Status.NO_GRADIENT);
    }
  }
}

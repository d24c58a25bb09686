package org.autoloss.task.detection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.autoloss.Device;
import org.autoloss.graph.BranchSamples;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.PairGraphLoss;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossSet;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Branch;
import org.autoloss.task.NetworkSamples;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.train.Trainer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rejection on what a detector predicts after a short warm start. */
class DetectionRejectionTest {
  private static final int SAMPLES = 3;

  @TempDir private static Path folder;

  private static Task task;
  private static Checkpoint warm;

  @BeforeAll
  static void train() throws IOException {
    BoxScenes.write(folder, "train", 12, 1);
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("kind", "detection").put("data", folder.toString());
    json.putObject("splits").put("train", "train");
    json.put("network", "fasterrcnn:mobilenet_v2,levels=3,channels=16,width=32,anchor_size=16")
        .put("baseSize", "80x64")
        .put("batchSize", 2)
        .put("learningRate", 0.02)
        .put("anchorSamples", 32)
        .put("regionSamples", 24)
        .put("candidates", 100)
        .put("proposals", 40);
    task = Tasks.open(json);
    try (TaskModel model = task.begin(Split.TRAIN, 3);
        LossSet losses = LossSet.parse(task.baseline(), task.branchInputs())) {
      new Trainer(task.training(30), (step, steps, loss) -> {}).train(model, losses);
      warm = model.checkpoint();
    }
  }

  private static RejectionPlan plan() {
    return new RejectionPlan(task.rejectionSettings(), SAMPLES, 32, Device.CPU);
  }

  private static Map<String, RejectionProtocol> protocols(List<Branch> branches) {
    ObjectiveMetric objective = ObjectiveMetric.parse("AP", task.metrics());
    return task.rejection(branches, objective, plan(), () -> warm, 5);
  }

  private static LossGraph parse(Branch branch, String text) {
    return LossGraph.parse(text, PairGraphLoss.inputs(branch.input()));
  }

  private static LossGraph good(Branch branch) {
    return parse(
        branch, branch.input() == LossInput.BOXES ? "neg(mul(i,inv(u)))" : "neg(mul(y,log(yhat)))");
  }

  @Test
  void rejection_allBranches_acceptsLossesThatWorkAndNoOthers() {
    Map<String, RejectionProtocol> protocols = protocols(task.branches());
    assertThat(protocols.keySet()).containsExactlyElementsOf(task.branchNames());
    for (Branch branch : task.branches()) {
      LossGraph good = good(branch);
      List<RejectionResult> results =
          protocols
              .get(branch.name())
              .evaluate(
                  List.of(
                      good,
                      parse(branch, "neg(" + good + ")"),
                      LossGraph.parse("exp(1)"),
                      parse(branch, "add(1," + good + ")")),
                  new long[0]);
      assertThat(results.stream().map(RejectionResult::status))
          .as(branch.name())
          .containsExactly(
              RejectionResult.Status.ACCEPTED,
              RejectionResult.Status.BELOW_THRESHOLD,
              RejectionResult.Status.NO_GRADIENT,
              RejectionResult.Status.DUPLICATE);
    }
  }

  @Test
  void rejection_oneBranch_meetsTheSamplesThatItMeetsAmongAll() {
    Branch boxes = task.branches().get(3);
    List<LossGraph> graphs = List.of(good(boxes), parse(boxes, "neg(i)"));
    assertThat(protocols(List.of(boxes)).get(boxes.name()).evaluate(graphs))
        .isEqualTo(protocols(task.branches()).get(boxes.name()).evaluate(graphs));
  }

  @Test
  void samples_ofAnImageEach_haveTheSizesOfTheBranches() {
    try (TaskModel model = task.resume(warm, Split.TRAIN, 5)) {
      ((RegionModel) model).takeSingleImages(Split.TRAIN);
      Map<String, BranchSamples> samples = NetworkSamples.samples(model, task.branches(), SAMPLES);
      samples.forEach((branch, each) -> assertThat(each.samples()).hasSize(SAMPLES));
      assertThat(samples.get("loss_objectness").samples())
          .allSatisfy(each -> assertThat(each.n()).isLessThanOrEqualTo(32));
      assertThat(samples.get("loss_classifier").samples())
          .allSatisfy(
              each -> {
                assertThat(each.n()).isLessThanOrEqualTo(24);
                assertThat(each.c()).isEqualTo(3);
              });
    }
  }

  @Test
  void rejection_onAGpu_isRefused() {
    RejectionPlan plan = new RejectionPlan(task.rejectionSettings(), 1, 32, new Device(0));
    ObjectiveMetric objective = ObjectiveMetric.parse("AP", task.metrics());
    assertThatThrownBy(() -> task.rejection(task.branches(), objective, plan, () -> warm, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("device: expected cpu");
  }
}

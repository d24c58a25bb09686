package org.autoloss.search.evolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.task.detection.BoxScenes;
import org.autoloss.task.detection.SmallDetectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights of graphs in a detector of four branches. */
class GradientBalanceTest {
  private static final String CROSS_ENTROPY = "neg(mul(y,log(yhat)))";
  private static final String OVERLAP = "neg(log(mul(i,inv(u))))";
  private static final double EPS = 1e-12;

  @TempDir static Path folder;
  private static Task task;
  private static Checkpoint start;

  @BeforeAll
  static void open() throws IOException {
    BoxScenes.write(folder, "train", 12, 1);
    task =
        Tasks.open(
            SmallDetectors.on(
                SmallDetectors.settings(
                    "detection",
                    "fasterrcnn:mobilenet_v2,levels=3,channels=16,width=32,anchor_size=16",
                    folder,
                    "test"),
                folder));
    try (TaskModel model = task.begin(Split.TRAIN, 3)) {
      start = model.checkpoint();
    }
  }

  private static Map<String, Double> weights(String... branchesAndGraphs) {
    Map<String, LossGraph> graphs = new LinkedHashMap<>();
    for (int i = 0; i < branchesAndGraphs.length; i += 2) {
      graphs.put(branchesAndGraphs[i], BranchGraphs.parse(branchesAndGraphs[i + 1]));
    }
    return new GradientBalance(task, start, 7, EPS).weights(List.of(new Genotype(graphs))).get(0);
  }

  /** As graphs, they are the same functions. */
  @Test
  void weights_graphsOfTheUsualLosses_are1() {
    assertThat(weights("loss_classifier", CROSS_ENTROPY, "loss_objectness", CROSS_ENTROPY))
        .isEqualTo(Map.of("loss_classifier", 1.0, "loss_objectness", 1.0));
  }

  @Test
  void weights_graphTwice_areHalves() {
    double once = weights("loss_box_reg", OVERLAP).get("loss_box_reg");
    double twice =
        weights("loss_box_reg", "add(" + OVERLAP + "," + OVERLAP + ")").get("loss_box_reg");
    assertThat(twice).isCloseTo(once / 2, within(0.05 * once)); // two digits
    // papers say 10: a tenth of a side is a delta of 1, and the share is another tenth
    assertThat(once).isBetween(0.5, 10.0);
  }

  @Test
  void weights_graphWithoutAGradient_is1() {
    assertThat(weights("loss_box_reg", "add(1,1)", "loss_classifier", "inv(add(y,neg(y)))"))
        .isEqualTo(Map.of("loss_box_reg", 1.0, "loss_classifier", 1.0));
  }

  @Test
  void weights_measuredTwice_haveTheSameBits() {
    String[] graphs = {"loss_box_reg", OVERLAP, "loss_rpn_box_reg", "mul(u,inv(i))"};
    assertThat(weights(graphs)).isEqualTo(weights(graphs));
  }

  @Test
  void weights_severalCandidates_areThoseOfEachAlone() {
    Genotype one = new Genotype(Map.of("loss_box_reg", BranchGraphs.parse(OVERLAP)));
    Genotype two = new Genotype(Map.of("loss_box_reg", BranchGraphs.parse("mul(u,inv(i))")));
    assertThat(new GradientBalance(task, start, 7, EPS).weights(List.of(one, two, one)))
        .containsExactly(
            weights("loss_box_reg", OVERLAP),
            weights("loss_box_reg", "mul(u,inv(i))"),
            weights("loss_box_reg", OVERLAP));
  }
}

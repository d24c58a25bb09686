package org.autoloss.search.evolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Metric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Branch;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What a candidate is to those who train by it. */
class CandidateLossesTest {
  /** A name that is one loss on boxes and another on classes must be read for its branch. */
  @Test
  void artefact_branchThatIsNotSearched_hasItsBaseline() throws JsonProcessingException {
    Genotype searched = new Genotype(Map.of("found", LossGraph.parse("neg(mul(y,log(yhat)))")));
    JsonNode losses = Json.MAPPER.readTree(losses(Map.of()).artefact(searched)).findPath("boxes");
    assertThat(losses.toString()).contains("0.1111");
  }

  private static CandidateLosses losses(Map<String, Double> weights) {
    return new CandidateLosses(new TwoBranches(), 1e-8, any -> List.of(weights));
  }

  private static LossSet read(String artefact) throws JsonProcessingException {
    return LossSet.of(Json.MAPPER.readTree(artefact));
  }

  @Test
  void artefact_weight_multipliesTheGraph() throws JsonProcessingException {
    Genotype searched = new Genotype(Map.of("found", LossGraph.parse("neg(mul(y,log(yhat)))")));
    try (PointerScope scope = new PointerScope();
        LossSet once = read(losses(Map.of()).artefact(searched));
        LossSet thrice = read(losses(Map.of("found", 3.0)).artefact(searched))) {
      Pair pair =
          new Pair(
              torch.ones(1, 2, 2, 2),
              torch.zeros(new long[] {1, 2, 2}, new TensorOptions(torch.ScalarType.Long)));
      double one = once.loss("found").apply(pair).item_double();
      assertThat(thrice.loss("found").apply(pair).item_double()).isCloseTo(3 * one, within(1e-6));
    }
  }

  /** Has branches, and nothing to train. */
  private static final class TwoBranches implements Task {
    @Override
    public List<Branch> branches() {
      return List.of(
          new Branch("found", LossInput.CLASSES, "ce"),
          new Branch("boxes", LossInput.BOXES, "smooth_l1:beta=0.1111"));
    }

    @Override
    public List<? extends Metric> metrics() {
      return List.of(SegmentationMetric.MACC);
    }

    @Override
    public TaskModel begin(Split split, long seed) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TaskModel resume(Checkpoint start, Split split, long seed) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TrainingSettings training(int steps) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ObjectNode toJson() {
      throw new UnsupportedOperationException();
    }
  }
}

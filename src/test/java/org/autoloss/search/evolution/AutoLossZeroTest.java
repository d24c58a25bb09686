package org.autoloss.search.evolution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.autoloss.Device;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.Metric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Branch;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.TrainingSettings;
import org.junit.jupiter.api.Test;

/** What a candidate is to those who train by it. */
class AutoLossZeroTest {
  private static final AutoLossZero METHOD =
      new AutoLossZero(
          ZeroSettings.DEFAULT,
          new RejectionPlan(RejectionSettings.of(SegmentationMetric.MIOU), 3, 16, Device.CPU),
          10);

  /** A name that is one loss on boxes and another on classes must be read for its branch. */
  @Test
  void artefact_branchThatIsNotSearched_hasItsBaseline() throws JsonProcessingException {
    Genotype searched = new Genotype(Map.of("found", LossGraph.parse("neg(mul(y,log(yhat)))")));
    JsonNode losses =
        Json.MAPPER.readTree(METHOD.artefact(new TwoBranches(), searched)).findPath("boxes");
    assertThat(losses.toString()).contains("0.1111");
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

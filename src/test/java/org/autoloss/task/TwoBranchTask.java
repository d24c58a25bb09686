package org.autoloss.task;

import static org.bytedeco.pytorch.global.torch.cat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.train.Optimiser;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The toy task with losses for two branches: which class a pixel has, and whether it has any. */
public final class TwoBranchTask implements Task {
  private final Task toy = ToyTask.USUAL;

  @Override
  public List<Branch> branches() {
    return List.of(
        new Branch("classes", LossInput.CLASSES, "ce"),
        new Branch("objects", LossInput.CLASSES, "dice"));
  }

  @Override
  public List<? extends Metric> metrics() {
    return toy.metrics();
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return new TwoBranchModel(toy.begin(split, seed));
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    return new TwoBranchModel(toy.resume(start, split, seed));
  }

  @Override
  public TrainingSettings training(int steps) {
    return toy.training(steps);
  }

  @Override
  public ObjectNode toJson() {
    return toy.toJson().put("kind", "two-branches");
  }

  private record TwoBranchModel(TaskModel toy) implements TaskModel {
    @Override
    public Map<String, Pair> forward(long step) {
      Pair pair = toy.forward(step).get("loss");
      Map<String, Pair> pairs = new LinkedHashMap<>();
      pairs.put("classes", pair);
      pairs.put("objects", objects(pair.predicted(), pair.target()));
      return pairs;
    }

    /** Background against the sum of all others. */
    private static Pair objects(Tensor logits, Tensor labels) {
      Tensor background = logits.narrow(1, 0, 1);
      Tensor others = logits.narrow(1, 1, logits.size(1) - 1).logsumexp(new long[] {1}, true);
      return new Pair(
          cat(new TensorVector(background, others), 1),
          labels.gt(new Scalar(0)).to(ScalarType.Byte));
    }

    @Override
    public Optimiser optimiser(TrainingSettings settings) {
      return toy.optimiser(settings);
    }

    @Override
    public boolean isFinite() {
      return toy.isFinite();
    }

    @Override
    public void resetHeads() {
      toy.resetHeads();
    }

    @Override
    public Evaluation evaluate(Split split) {
      return toy.evaluate(split);
    }

    @Override
    public Checkpoint checkpoint() {
      return toy.checkpoint();
    }

    @Override
    public void close() {
      toy.close();
    }
  }
}

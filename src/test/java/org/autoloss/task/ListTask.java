package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.train.Optimiser;
import org.autoloss.train.TrainingSettings;

/**
 * The toy with lists whose parts can be measured: each sample has a value, and a part the mean of
 * them.
 *
 * @param inner the toy
 * @param values of the samples of the reward split; NaN for one that has none
 */
public record ListTask(ToyTask inner, double... values) implements Task {
  @Override
  public List<Branch> branches() {
    return inner.branches();
  }

  @Override
  public List<SegmentationMetric> metrics() {
    return inner.metrics();
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return new ListModel(inner.begin(split, seed), values);
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    return new ListModel(inner.resume(start, split, seed), values);
  }

  @Override
  public TrainingSettings training(int steps) {
    return inner.training(steps);
  }

  @Override
  public OptionalInt samples(Split split) {
    return OptionalInt.of(values.length);
  }

  @Override
  public ObjectNode toJson() {
    return inner.toJson().put("kind", "list");
  }

  private record ListModel(TaskModel inner, double... values) implements TaskModel {
    @Override
    public Evaluation evaluate(Split split) {
      return split == Split.REWARD ? evaluate(split, Range.ALL) : inner.evaluate(split);
    }

    @Override
    public Evaluation evaluate(Split split, Range range) {
      int first = range.first(values.length);
      double mean =
          Arrays.stream(values, first, range.end(values.length)).average().orElse(Double.NaN);
      return new Evaluation(Map.of(SegmentationMetric.MACC, mean));
    }

    @Override
    public void resetHeads() {
      inner.resetHeads();
    }

    @Override
    public Checkpoint checkpoint() {
      return inner.checkpoint();
    }

    @Override
    public Map<String, Pair> forward(long step) {
      return inner.forward(step);
    }

    @Override
    public Optimiser optimiser(TrainingSettings settings) {
      return inner.optimiser(settings);
    }

    @Override
    public boolean isFinite() {
      return inner.isFinite();
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}

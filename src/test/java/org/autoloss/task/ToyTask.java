package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.train.Model;
import org.autoloss.train.Optimiser;
import org.autoloss.train.Toy;
import org.autoloss.train.TrainingSettings;

/**
 * A task of a test's own, with nothing on disk: the toy's squares. Its one metric is the mean size
 * of the weights, which any change of a training changes.
 *
 * @param rate at the first step
 * @param digest stands for the data's fingerprint
 */
public record ToyTask(double rate, String digest) implements Task {
  /** Learns slowly. */
  public static final ToyTask USUAL = new ToyTask(0.1, "digest");

  @Override
  public List<Branch> branches() {
    return List.of(new Branch("loss", LossInput.CLASSES, "ce"));
  }

  @Override
  public List<SegmentationMetric> metrics() {
    return List.of(SegmentationMetric.MACC);
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return new ToyModel(Network.of(Toy.NETWORK, seed), split, seed);
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    return new ToyModel(Network.of(start), split, seed);
  }

  @Override
  public TrainingSettings training(int steps) {
    return TrainingSettings.of(steps, rate);
  }

  @Override
  public ObjectNode toJson() {
    return Json.MAPPER.createObjectNode().put("kind", "toy").put("sha256", digest);
  }

  private static final class ToyModel implements TaskModel {
    private final Network network;
    private final Model model;
    private final long seed;

    ToyModel(Network network, Split split, long seed) {
      this.network = network;
      this.seed = seed;
      model = Toy.model(network, RandomStreams.seed(seed, split.ordinal()));
    }

    @Override
    public Map<String, Pair> forward(long step) {
      return model.forward(step);
    }

    @Override
    public Optimiser optimiser(TrainingSettings settings) {
      return model.optimiser(settings);
    }

    @Override
    public boolean isFinite() {
      return model.isFinite();
    }

    @Override
    public void resetHeads() {
      network.resetHead(seed);
    }

    @Override
    public Evaluation evaluate(Split split) {
      float[] weights = Toy.weights(network);
      double sum = 0;
      for (float weight : weights) {
        sum += Math.abs(Math.tanh(weight));
      }
      return new Evaluation(Map.of(SegmentationMetric.MACC, sum / weights.length));
    }

    @Override
    public Checkpoint checkpoint() {
      return network.checkpoint();
    }

    @Override
    public void close() {
      model.close();
    }
  }
}

package org.autoloss.spark;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.task.Branch;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.Optimiser;
import org.autoloss.train.Sgd;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.pytorch.Tensor;

/**
 * A small network on noise, trained within milliseconds. Its one metric is the mean size of the
 * weights, which any change of a training changes.
 *
 * @param data a file whose text is the fingerprint of the data
 * @param sleep milliseconds that each training takes beside
 * @param behaviour {@code usual}; {@code crash}, by which the process dies in trainings of even
 *     samples; {@code unsteady}, by which each process measures something else; {@code unequal}, by
 *     which one training in five ends at once and the others' times differ by chance
 */
record ToyTask(String data, int sleep, String behaviour) implements Task {
  static final String KIND = "toy";
  private static final NetworkSpec NETWORK = new NetworkSpec("unet:width=2", 3);
  private static final int SIZE = 8;

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
    return new ToyModel(Network.of(NETWORK, seed), seed);
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    return new ToyModel(Network.of(start), seed);
  }

  @Override
  public TrainingSettings training(int steps) {
    return TrainingSettings.of(steps, behaviour.equals("diverge") ? 1e30 : 0.1);
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", KIND)
            .put("data", data)
            .put("sleep", sleep)
            .put("behaviour", behaviour);
    json.putObject("sha256").put("train", digest());
    return json;
  }

  private String digest() {
    try {
      return data.isEmpty() ? "none" : Files.readString(Path.of(data));
    } catch (IOException e) {
      throw new IllegalArgumentException(data + ": expected the toy's file, got none", e);
    }
  }

  private final class ToyModel implements TaskModel {
    private final Network network;
    private final long seed;

    ToyModel(Network network, long seed) {
      this.network = network;
      this.seed = seed;
    }

    @Override
    public Map<String, Pair> forward(long step) {
      if (step == 0) {
        pause();
      }
      SplittableRandom random = new SplittableRandom(31 * seed + step);
      float[] images = new float[3 * SIZE * SIZE];
      byte[] labels = new byte[SIZE * SIZE];
      for (int i = 0; i < images.length; i++) {
        images[i] = (float) random.nextGaussian();
        labels[i % labels.length] = (byte) random.nextInt(3);
      }
      Tensor logits = network.forward(Tensor.create(images, 1, 3, SIZE, SIZE), true);
      return Map.of("loss", new Pair(logits, Tensor.create(labels, false, 1, SIZE, SIZE)));
    }

    private void pause() {
      if (behaviour.equals("crash") && seed % 2 == 0) {
        Runtime.getRuntime().halt(134);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(behaviour.equals("unequal") ? unequal() : sleep);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private long unequal() {
      ThreadLocalRandom chance = ThreadLocalRandom.current();
      return chance.nextInt(5) == 0 ? 0 : (long) (sleep * Math.exp(0.5 * chance.nextGaussian()));
    }

    @Override
    public Optimiser optimiser(TrainingSettings settings) {
      return new Sgd(network.parameters(), settings);
    }

    @Override
    public boolean isFinite() {
      return network.parameters().isFinite();
    }

    @Override
    public void resetHeads() {
      network.resetHead(seed);
    }

    @Override
    public Evaluation evaluate(Split split) {
      Tensor values = network.parameters().values();
      float[] weights = new float[Math.toIntExact(values.numel())];
      values.data_ptr_float().get(weights);
      double sum = behaviour.equals("unsteady") ? ProcessHandle.current().pid() : 0;
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
      network.close();
    }
  }
}

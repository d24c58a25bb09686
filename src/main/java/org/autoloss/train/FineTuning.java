package org.autoloss.train;

import org.autoloss.data.BatchLoader;
import org.autoloss.data.SegmentationDataset;
import org.autoloss.data.Transform;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;

/**
 * Trainings that all begin at one checkpoint and differ by loss and seed alone: proxies of a
 * search, and the rows of a comparison. Thread-safe.
 *
 * <p>The head is fresh in each training, from the seed, and so is the order of the data: two losses
 * with the same seed start from the same weights and meet the same batches.
 */
public final class FineTuning {
  private static final long HEAD = 1;
  private static final long DATA = 2;

  private final Checkpoint start;
  private final SegmentationDataset data;
  private final Transform transform;
  private final int batchSize;
  private final TrainingSettings settings;

  /**
   * How a training ended.
   *
   * @param network what it made; the caller closes it
   * @param result how it went
   */
  public record Trained(Network network, TrainingResult result) implements AutoCloseable {
    @Override
    public void close() {
      network.close();
    }
  }

  /**
   * Trainings.
   *
   * @param start the weights to begin with
   * @param data what to train on, of as many classes as the network has
   * @param transform of its samples
   * @param batchSize samples in a batch, at least 1
   * @param settings how long and how fast
   * @throws IllegalArgumentException if data and network differ in their classes
   */
  public FineTuning(
      Checkpoint start,
      SegmentationDataset data,
      Transform transform,
      int batchSize,
      TrainingSettings settings) {
    int classes = data.classes().size();
    if (start.spec().classes() != classes) {
      throw new IllegalArgumentException(
          "checkpoint: expected a network of "
              + classes
              + " classes, as the data has, got "
              + start.spec().classes());
    }
    this.start = start;
    this.data = data;
    this.transform = transform;
    this.batchSize = batchSize;
    this.settings = settings;
  }

  /**
   * Trains by a loss.
   *
   * @param loss to minimise
   * @param seed of the head and the data's order
   * @param listener hears of each step
   * @return the network and how it went
   */
  public Trained run(Loss loss, long seed, StepListener listener) {
    BatchLoader loader =
        new BatchLoader(data, transform, batchSize, RandomStreams.seed(seed, DATA));
    Network network = Network.of(start);
    try {
      network.resetHead(RandomStreams.seed(seed, HEAD));
      TrainingResult result = new Trainer(settings, listener).train(network, loss, loader::batch);
      return new Trained(network, result);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }
}

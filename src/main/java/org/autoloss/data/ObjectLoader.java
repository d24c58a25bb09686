package org.autoloss.data;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;

/**
 * An endless sequence of training batches of objects. Batch {@code i} depends on the data, the
 * transform, the batch size, the seed and {@code i} alone, whichever thread asks for it. Each epoch
 * passes over all samples in an order of its own. Thread-safe.
 *
 * @param dataset where samples come from
 * @param transform of the samples
 * @param batchSize samples in a batch, at least 1
 * @param stride what sizes of batches are multiples of
 * @param seed of the order and of the transform's random choices
 */
public record ObjectLoader(
    ObjectDataset dataset, ObjectTransform transform, int batchSize, int stride, long seed) {
  private static final long SHUFFLE = 1;
  private static final long AUGMENT = 2;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if batchSize or stride is below 1
   */
  public ObjectLoader {
    if (batchSize < 1 || stride < 1) {
      throw new IllegalArgumentException(
          "batchSize, stride: expected 1 or more, got " + batchSize + " and " + stride);
    }
  }

  /**
   * Makes a batch.
   *
   * @param index which one, from 0
   * @return a new batch; equal numbers for an equal index
   * @throws IllegalArgumentException if index is negative or a file is damaged
   */
  public ObjectBatch batch(long index) {
    if (index < 0) {
      throw new IllegalArgumentException("index: expected at least 0, got " + index);
    }
    List<ObjectExample> examples = new ArrayList<>();
    long epoch = -1;
    int[] order = {};
    for (int i = 0; i < batchSize; i++) {
      long position = Math.addExact(Math.multiplyExact(index, batchSize), i);
      if (position / dataset.size() != epoch) {
        epoch = position / dataset.size();
        order = permutation(RandomStreams.stream(seed, SHUFFLE, epoch));
      }
      ObjectSample sample = dataset.get(order[(int) (position % dataset.size())]);
      examples.add(transform.apply(sample, RandomStreams.stream(seed, AUGMENT, position)));
    }
    return ObjectBatch.of(examples, stride);
  }

  private int[] permutation(RandomGenerator random) {
    int[] order = new int[dataset.size()];
    for (int i = 0; i < order.length; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}

package org.autoloss.data;

import java.util.List;

/**
 * An endless sequence of training batches of objects. Batch {@code i} depends on the data, the
 * transform, the batch size, the seed and {@code i} alone, whichever thread asks for it. Each epoch
 * passes over all samples in an order of its own. Thread-safe.
 */
public final class ObjectLoader {
  private final ObjectDataset dataset;
  private final ObjectTransform transform;
  private final int batchSize;
  private final int stride;
  private final SampleOrder order;

  /**
   * A loader.
   *
   * @param dataset where samples come from
   * @param transform of the samples
   * @param batchSize samples in a batch, at least 1
   * @param stride what sizes of batches are multiples of
   * @param seed of the order and of the transform's random choices
   * @throws IllegalArgumentException if batchSize or stride is below 1
   */
  public ObjectLoader(
      ObjectDataset dataset, ObjectTransform transform, int batchSize, int stride, long seed) {
    if (batchSize < 1 || stride < 1) {
      throw new IllegalArgumentException(
          "batchSize, stride: expected 1 or more, got " + batchSize + " and " + stride);
    }
    this.dataset = dataset;
    this.transform = transform;
    this.batchSize = batchSize;
    this.stride = stride;
    order = new SampleOrder(dataset.size(), seed);
  }

  /**
   * Makes a batch.
   *
   * @param index which one, from 0
   * @return a new batch; equal numbers for an equal index
   * @throws IllegalArgumentException if index is negative or a file is damaged
   */
  public ObjectBatch batch(long index) {
    List<ObjectExample> examples =
        order.batch(
            index, batchSize, (sample, random) -> transform.apply(dataset.get(sample), random));
    return ObjectBatch.of(examples, stride);
  }
}

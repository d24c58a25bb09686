package org.autoloss.data;

import org.autoloss.internal.RandomStreams;

/**
 * An endless sequence of training batches. Batch {@code i} depends on the data, the transform, the
 * batch size, the seed and {@code i} alone, whichever thread asks for it and in which order.
 *
 * <p>Each epoch passes over all samples in an order of its own; a batch at the end of an epoch is
 * filled from the next one. Thread-safe.
 */
public final class BatchLoader {
  private static final long AUGMENT = 2;

  private final SegmentationDataset dataset;
  private final Transform transform;
  private final int batchSize;
  private final long seed;
  private final SampleOrder order;

  /**
   * A loader.
   *
   * @param dataset where samples come from
   * @param transform of the samples
   * @param batchSize samples in a batch, at least 1
   * @param seed of the order and of the transform's random choices
   * @throws IllegalArgumentException if batchSize is below 1, or no array holds such a batch
   */
  public BatchLoader(SegmentationDataset dataset, Transform transform, int batchSize, long seed) {
    Batch.requireSize(batchSize, transform.height(), transform.width());
    this.dataset = dataset;
    this.transform = transform;
    this.batchSize = batchSize;
    this.seed = seed;
    order = new SampleOrder(dataset.size(), seed);
  }

  /**
   * Makes a batch.
   *
   * @param index which one, from 0
   * @return a new batch; equal numbers for an equal index
   * @throws IllegalArgumentException if index is negative or a file is damaged
   */
  public Batch batch(long index) {
    if (index < 0) {
      throw new IllegalArgumentException("index: expected at least 0, got " + index);
    }
    long first = Math.multiplyExact(index, batchSize);
    return Batch.of(
        batchSize, transform.height(), transform.width(), place -> example(first + place));
  }

  private Example example(long position) {
    Sample sample = dataset.get(order.sample(position));
    return transform.apply(sample, RandomStreams.stream(seed, AUGMENT, position));
  }
}

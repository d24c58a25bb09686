package org.autoloss.data.pose;

import java.util.List;
import org.autoloss.data.SampleOrder;

/**
 * An endless sequence of training batches of poses. Batch {@code i} depends on the data, the
 * transform, the batch size, the seed and {@code i} alone, whichever thread asks for it. Each epoch
 * passes over all objects in an order of its own. Thread-safe.
 */
public final class PoseLoader {
  private final PoseDataset dataset;
  private final PoseTransform transform;
  private final int batchSize;
  private final SampleOrder order;

  /**
   * A loader.
   *
   * @param dataset where objects come from
   * @param transform of the objects
   * @param batchSize objects in a batch, at least 1
   * @param seed of the order and of the transform's random choices
   * @throws IllegalArgumentException if batchSize is below 1
   */
  public PoseLoader(PoseDataset dataset, PoseTransform transform, int batchSize, long seed) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize: expected 1 or more, got " + batchSize);
    }
    this.dataset = dataset;
    this.transform = transform;
    this.batchSize = batchSize;
    order = new SampleOrder(dataset.size(), seed);
  }

  /**
   * Makes a batch.
   *
   * @param index which one, from 0
   * @return a new batch; equal numbers for an equal index
   * @throws IllegalArgumentException if index is negative or an image is damaged
   */
  public PoseBatch batch(long index) {
    List<PoseExample> examples =
        order.batch(
            index, batchSize, (sample, random) -> transform.apply(dataset.get(sample), random));
    return PoseBatch.of(examples, transform.size());
  }
}

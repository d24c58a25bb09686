package org.autoloss.data;

import java.util.Iterator;
import java.util.Objects;
import java.util.stream.IntStream;

/** All samples of a data set once, in order, in batches; the last batch may be smaller. */
public final class EvaluationBatches implements Iterable<Batch> {
  private final SegmentationDataset dataset;
  private final CentreCrop transform;
  private final int batchSize;

  /**
   * The batches of a data set.
   *
   * @param dataset where samples come from
   * @param transform of the samples
   * @param batchSize samples in a batch, at least 1
   * @throws IllegalArgumentException if batchSize is below 1, or no array holds such a batch
   */
  public EvaluationBatches(SegmentationDataset dataset, CentreCrop transform, int batchSize) {
    Batch.requireSize(Math.min(batchSize, dataset.size()), transform.height(), transform.width());
    this.dataset = dataset;
    this.transform = transform;
    this.batchSize = batchSize;
  }

  /**
   * How many batches there are.
   *
   * @return at least 1
   */
  public int size() {
    return (dataset.size() - 1) / batchSize + 1;
  }

  /**
   * Makes a batch.
   *
   * @param index from 0 to {@code size() - 1}
   * @return a new batch
   * @throws IndexOutOfBoundsException if there is no such batch
   * @throws IllegalArgumentException if a file is damaged
   */
  public Batch batch(int index) {
    int first = Objects.checkIndex(index, size()) * batchSize;
    return Batch.of(
        Math.min(batchSize, dataset.size() - first),
        transform.height(),
        transform.width(),
        place -> transform.apply(dataset.get(first + place)));
  }

  @Override
  public Iterator<Batch> iterator() {
    return IntStream.range(0, size()).mapToObj(this::batch).iterator();
  }
}

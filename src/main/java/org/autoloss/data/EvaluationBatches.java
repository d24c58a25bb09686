package org.autoloss.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * All samples of a data set once, in order, in batches of neighbours whose sizes are the same.
 *
 * <p>A batch has no more pixels than so many crops: whole images of a large data set then come one
 * by one, and what an evaluation takes of the memory stays what a training takes.
 */
public final class EvaluationBatches implements Iterable<EvaluationBatch> {
  private final SegmentationDataset dataset;
  private final EvaluationView view;
  private final int batchSize;
  private final long mostPixels;

  /**
   * The batches of a data set.
   *
   * @param dataset where samples come from
   * @param view of the samples
   * @param batchSize samples in a batch, at least 1
   * @param crop what a batch's pixels are counted in: it has at most those of {@code batchSize}
   *     crops, unless one image has more
   * @throws IllegalArgumentException if batchSize is below 1, or no array holds such a batch
   */
  public EvaluationBatches(
      SegmentationDataset dataset, EvaluationView view, int batchSize, Extent crop) {
    Extent known = view.fixedSize() == null ? crop : view.fixedSize();
    Batch.requireSize(Math.min(batchSize, dataset.size()), known.height(), known.width());
    this.dataset = dataset;
    this.view = view;
    this.batchSize = batchSize;
    this.mostPixels = (long) batchSize * known.pixels();
  }

  @Override
  public Iterator<EvaluationBatch> iterator() {
    return new Grouping();
  }

  /** Reads ahead by one sample, to see whether it belongs to the batch. */
  private final class Grouping implements Iterator<EvaluationBatch> {
    private int index;
    private EvaluationExample waiting;

    @Override
    public boolean hasNext() {
      return waiting != null || index < dataset.size();
    }

    @Override
    public EvaluationBatch next() {
      if (!hasNext()) {
        throw new NoSuchElementException("evaluation batches: there are no more");
      }
      List<EvaluationExample> examples = new ArrayList<>();
      EvaluationExample first = waiting == null ? read() : waiting;
      waiting = null;
      examples.add(first);
      long most = Math.min(batchSize, mostPixels / first.padded().pixels());
      while (examples.size() < most && index < dataset.size()) {
        EvaluationExample example = read();
        if (!example.sameSizes(first)) {
          waiting = example;
          break;
        }
        examples.add(example);
      }
      return EvaluationBatch.of(examples);
    }

    private EvaluationExample read() {
      return view.view(dataset.get(index++));
    }
  }
}

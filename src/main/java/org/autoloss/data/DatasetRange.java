package org.autoloss.data;

import java.util.List;

/**
 * Samples of a data set that lie side by side.
 *
 * @param all the data set
 * @param from index of the first sample
 * @param to index behind the last one
 */
public record DatasetRange(SegmentationDataset all, int from, int to)
    implements SegmentationDataset {
  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if it is empty or not within the data set
   */
  public DatasetRange {
    require(from, to, all.size());
  }

  static void require(int from, int to, int size) {
    if (!(0 <= from && from < to && to <= size)) {
      throw new IllegalArgumentException(
          "range: expected a part of " + size + " samples, got " + from + " to " + to);
    }
  }

  @Override
  public List<String> classes() {
    return all.classes();
  }

  @Override
  public int size() {
    return to - from;
  }

  @Override
  public Sample get(int index) {
    return all.get(from + index);
  }
}

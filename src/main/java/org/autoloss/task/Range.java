package org.autoloss.task;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A part of a list by position: samples that lie side by side, such as the images of one sequence,
 * stay together.
 *
 * @param from where it begins, a share of the list
 * @param to where it ends
 */
public record Range(double from, double to) {
  /** The whole list. */
  public static final Range ALL = new Range(0, 1);

  /**
   * Checks the ends.
   *
   * @throws IllegalArgumentException if they are not in order in {@code [0,1]}
   */
  public Range {
    if (!(0 <= from && from < to && to <= 1)) {
      throw new IllegalArgumentException(
          "range: expected two shares of a list in order, from 0 to 1, got " + from + " to " + to);
    }
  }

  /**
   * The first sample. Of two ranges that meet, each sample is in one.
   *
   * @param size of the list
   * @return its index
   */
  public int first(int size) {
    return (int) Math.round(from * size);
  }

  /**
   * Where the samples end.
   *
   * @param size of the list
   * @return the index behind the last one
   */
  public int end(int size) {
    return (int) Math.round(to * size);
  }

  /**
   * The range in folds of about one size, one after the other.
   *
   * @param count how many, at least 1
   * @return the folds, in order
   */
  public List<Range> folds(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Range(edge(i, count), edge(i + 1, count)))
        .toList();
  }

  private double edge(int i, int count) {
    return i == count ? to : from + i * (to - from) / count;
  }
}

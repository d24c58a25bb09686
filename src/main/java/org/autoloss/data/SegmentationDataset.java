package org.autoloss.data;

import java.util.List;

/** A finite, ordered collection of labelled images. Thread-safe. */
public interface SegmentationDataset {
  /**
   * The names of the classes; a label is an index into this list, or 255 (void).
   *
   * @return the names in order, background first
   */
  List<String> classes();

  /**
   * How many samples there are.
   *
   * @return at least 1
   */
  int size();

  /**
   * Reads a sample.
   *
   * @param index from 0 to {@code size() - 1}
   * @return the sample; the same one each time
   * @throws IllegalArgumentException if its files are missing or damaged; the message names the
   *     file
   */
  Sample get(int index);
}

package org.autoloss.data;

/** Makes what a network is measured on from samples of any size. Immutable and thread-safe. */
public interface EvaluationView {
  /**
   * What of a sample is seen.
   *
   * @param sample stays as it is
   * @return a new example
   */
  EvaluationExample view(Sample sample);

  /**
   * The pixels that all examples have, if all are of one size.
   *
   * @return the size; null if it is the sample's
   */
  Extent fixedSize();
}

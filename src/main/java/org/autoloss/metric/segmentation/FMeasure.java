package org.autoloss.metric.segmentation;

/** The harmonic mean of precision and recall, from counts. */
final class FMeasure {
  private FMeasure() {}

  /**
   * {@code 2 P R / (P + R)} with {@code P = matched / predicted} and {@code R = found / labelled};
   * 0 where nothing is matched or found.
   */
  static double of(long matched, long predicted, long found, long labelled) {
    if (matched == 0 || found == 0) {
      return 0;
    }
    double precision = (double) matched / predicted;
    double recall = (double) found / labelled;
    return 2 * precision * recall / (precision + recall);
  }
}

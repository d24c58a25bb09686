package org.autoloss.metric;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The six segmentation metrics of Auto Seg-Loss (Li et al., ICLR 2021, section 3.1), all in [0,1],
 * larger is better.
 *
 * <p>With {@code TP_c}, {@code P_c}, {@code G_c} the pixels of class c that are predicted right,
 * predicted, and labelled, over the whole data set:
 */
public enum Metric {
  /** Mean intersection over union: mean over c of {@code TP_c / (P_c + G_c - TP_c)}. */
  MIOU("mIoU"),
  /** Frequency-weighted IoU: the same ratio, weighted by {@code G_c / sum G}. */
  FWIOU("FWIoU"),
  /** Mean accuracy: mean over c of {@code TP_c / G_c}. */
  MACC("mAcc"),
  /** Global (pixel) accuracy: {@code sum TP / sum G}. */
  GACC("gAcc"),
  /** Boundary IoU of Auto Seg-Loss: mIoU over the pixels near any label boundary. */
  BIOU("BIoU"),
  /** Boundary F1: the F measure of predicted against labelled boundaries within a tolerance. */
  BF1("BF1");

  private final String label;

  Metric(String label) {
    this.label = label;
  }

  /**
   * The name in text, tables and files.
   *
   * @return for example {@code mIoU}
   */
  public String label() {
    return label;
  }

  /**
   * Whether the metric looks at boundaries only.
   *
   * @return true for BIoU and BF1
   */
  public boolean boundary() {
    return this == BIOU || this == BF1;
  }

  /**
   * The metric of a name, in any case.
   *
   * @param name for example {@code mIoU}
   * @return the metric
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Metric of(String name) {
    for (Metric metric : values()) {
      if (metric.label.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
        return metric;
      }
    }
    throw new IllegalArgumentException(
        "metric: expected one of "
            + Arrays.stream(values()).map(Metric::label).collect(Collectors.joining(", "))
            + ", got '"
            + name
            + "'");
  }

  @Override
  public String toString() {
    return label;
  }
}

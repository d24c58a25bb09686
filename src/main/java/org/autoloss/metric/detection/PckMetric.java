package org.autoloss.metric.detection;

import org.autoloss.metric.Metric;

/**
 * The percentage of correct keypoints (PCK): a labelled point is found if the prediction is within
 * a part of the longer side of the object's box (Yang, Ramanan, "Articulated human detection with
 * flexible mixtures of parts", TPAMI 2013, section 6.1). The metric is the mean over the points of
 * a skeleton of the share of objects in which each is found.
 */
public enum PckMetric implements Metric {
  /** Within a fifth of the longer side. */
  PCK("PCK", 0.2),
  /** Within a twentieth. */
  PCK05("PCK05", 0.05);

  private final String label;
  private final double part;

  PckMetric(String label, double part) {
    this.label = label;
    this.part = part;
  }

  @Override
  public String label() {
    return label;
  }

  /**
   * Whether a point is found.
   *
   * @param predicted points of a detection
   * @param truth points of the object
   * @param point which
   * @param box of the object
   * @return whether it is close enough; a point that is not labelled may be either
   */
  public boolean found(Keypoints predicted, Keypoints truth, int point, Box box) {
    double distance =
        Math.hypot(predicted.x(point) - truth.x(point), predicted.y(point) - truth.y(point));
    return distance <= part * Math.max(box.width(), box.height());
  }

  @Override
  public String toString() {
    return label;
  }
}

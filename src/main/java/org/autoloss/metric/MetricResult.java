package org.autoloss.metric;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The metrics of a data set. NaN stands for what is not defined: an absent class, no pixel at all.
 */
public final class MetricResult {
  private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
  private final double[] classIoU;
  private final double[] classAccuracy;
  private final double[] classFrequency;
  private final Map<Metric, double[]> boundaries;

  MetricResult(
      double[] classIoU,
      double[] classAccuracy,
      double[] classFrequency,
      Map<Metric, double[]> boundaries) {
    this.classIoU = classIoU;
    this.classAccuracy = classAccuracy;
    this.classFrequency = classFrequency;
    this.boundaries = boundaries;
  }

  void put(Metric metric, double value) {
    values.put(metric, value);
  }

  /**
   * A metric.
   *
   * @param metric which
   * @return in [0,1], or NaN where it is not defined
   * @throws IllegalArgumentException if it was not measured
   */
  public double value(Metric metric) {
    Double value = values.get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "metric: expected one of " + values.keySet() + ", which were measured, got " + metric);
    }
    return value;
  }

  /**
   * All metrics that were measured.
   *
   * @return an unmodifiable map, in the order of {@link Metric}
   */
  public Map<Metric, Double> values() {
    return Collections.unmodifiableMap(values);
  }

  /**
   * Intersection over union of each class.
   *
   * @return a copy; NaN where a class is neither predicted nor labelled
   */
  public double[] classIoU() {
    return classIoU.clone();
  }

  /**
   * Accuracy of each class.
   *
   * @return a copy; NaN where a class is not labelled
   */
  public double[] classAccuracy() {
    return classAccuracy.clone();
  }

  /**
   * Share of each class among the labels.
   *
   * @return a copy; NaN where there is no pixel
   */
  public double[] classFrequency() {
    return classFrequency.clone();
  }

  /**
   * Intersection over union of each class near label edges.
   *
   * @return a copy; NaN where a class is neither predicted nor labelled there
   */
  public double[] classBIoU() {
    return boundaries.get(Metric.BIOU).clone();
  }

  /**
   * F measure of the boundaries of each class.
   *
   * @return a copy, without class 0 where the policy drops the background; NaN where a class has no
   *     label edge
   */
  public double[] classBF1() {
    return boundaries.get(Metric.BF1).clone();
  }

  /**
   * Intersection over union of the boundary regions of each class, {@link Metric#CHENG_BIOU}.
   *
   * @return a copy, without class 0 where the policy drops the background; NaN where a class is
   *     neither predicted nor labelled
   */
  public double[] classChengBIoU() {
    return boundaries.get(Metric.CHENG_BIOU).clone();
  }

  /**
   * Boundary F measure of each class, the mean over the images in which it has a labelled boundary,
   * {@link Metric#CSURKA_BF}.
   *
   * @return a copy, without class 0 where the policy drops the background; NaN where a class has no
   *     labelled boundary
   */
  public double[] classCsurkaBF() {
    return boundaries.get(Metric.CSURKA_BF).clone();
  }
}

package org.autoloss.graph;

import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.EdgeReference;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * The metric of one predicted sample, straight from its definition; see {@link SegmentationMetric}.
 * Ignored pixels do not count in boundaries: a descent never moves what is predicted there.
 */
public final class SampleScore {
  private static final double EPS = 1e-8;

  private final int[] labels;
  private final int classes;
  private final int tolerance;
  private final Shape shape;
  private final EdgeReference labelEdges;

  /**
   * A sample to score predictions of.
   *
   * @param labels {@code [H,W]}, outside {@code [0,C)} where ignored; not copied, not to be
   *     modified
   * @param classes C
   * @param height H
   * @param width W
   * @param tolerance how many pixels apart boundaries still meet
   */
  public SampleScore(int[] labels, int classes, int height, int width, int tolerance) {
    this.labels = labels;
    this.classes = classes;
    this.tolerance = tolerance;
    this.shape = new Shape(1, classes, height, width);
    this.labelEdges = EdgeReference.ofLabels(labels, shape, IgnoredEdges.SKIP);
  }

  /**
   * The metric of a prediction.
   *
   * @param metric one that can be searched for
   * @param prediction {@code [H,W]}, classes
   * @return the metric, in [0,1]
   */
  public double of(SegmentationMetric metric, int[] prediction) {
    if (metric == SegmentationMetric.BF1) {
      return boundaryF1(prediction);
    }
    int[] counted = metric == SegmentationMetric.BIOU ? labelEdges.band(tolerance, false) : labels;
    double sum = 0;
    double weights = 0;
    for (int c = 0; c < classes; c++) {
      double right = 0;
      double predicted = 0;
      double labelled = 0;
      for (int i = 0; i < labels.length; i++) {
        if (counted[i] < 0 || counted[i] >= classes) {
          continue;
        }
        right += labels[i] == c && prediction[i] == c ? 1 : 0;
        predicted += prediction[i] == c ? 1 : 0;
        labelled += labels[i] == c ? 1 : 0;
      }
      boolean accuracy = metric == SegmentationMetric.MACC || metric == SegmentationMetric.GACC;
      boolean byFrequency = metric == SegmentationMetric.FWIOU || metric == SegmentationMetric.GACC;
      double whole = accuracy ? labelled : predicted + labelled - right;
      if (whole > 0) {
        double weight = byFrequency ? labelled : 1;
        sum += weight * right / whole;
        weights += weight;
      }
    }
    return weights == 0 ? 1 : sum / weights;
  }

  private double boundaryF1(int[] prediction) {
    EdgeReference predictedEdges =
        EdgeReference.ofPredictions(prediction, labels, shape, IgnoredEdges.SKIP);
    double sum = 0;
    int present = 0;
    for (int c = 0; c < classes; c++) {
      double predicted = 0;
      double matched = 0;
      double labelled = 0;
      double found = 0;
      for (int i = 0; i < labels.length; i++) {
        if (predictedEdges.edge(i, c)) {
          predicted++;
          matched += labelEdges.near(i, c, tolerance) ? 1 : 0;
        }
        if (labelEdges.edge(i, c)) {
          labelled++;
          found += predictedEdges.near(i, c, tolerance) ? 1 : 0;
        }
      }
      if (labelled > 0) {
        double precision = matched / (predicted + EPS);
        double recall = found / (labelled + EPS);
        sum += 2 * precision * recall / (precision + recall + EPS);
        present++;
      }
    }
    return present == 0 ? 1 : sum / present;
  }
}

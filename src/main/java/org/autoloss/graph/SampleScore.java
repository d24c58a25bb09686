package org.autoloss.graph;

import org.autoloss.metric.Metric;

/** The metric of one predicted sample, straight from its definition; see {@link Metric}. */
final class SampleScore {
  private static final double EPS = 1e-8;

  private final int[] labels;
  private final int classes;
  private final int height;
  private final int width;
  private final int tolerance;

  SampleScore(int[] labels, int classes, int height, int width, int tolerance) {
    this.labels = labels;
    this.classes = classes;
    this.height = height;
    this.width = width;
    this.tolerance = tolerance;
  }

  double of(Metric metric, int[] prediction) {
    if (metric == Metric.BF1) {
      return boundaryF1(prediction);
    }
    double sum = 0;
    double weights = 0;
    for (int c = 0; c < classes; c++) {
      double right = 0;
      double predicted = 0;
      double labelled = 0;
      for (int i = 0; i < labels.length; i++) {
        if (!valid(i) || (metric == Metric.BIOU && !nearAnyEdge(i))) {
          continue;
        }
        right += labels[i] == c && prediction[i] == c ? 1 : 0;
        predicted += prediction[i] == c ? 1 : 0;
        labelled += labels[i] == c ? 1 : 0;
      }
      boolean accuracy = metric == Metric.MACC || metric == Metric.GACC;
      boolean byFrequency = metric == Metric.FWIOU || metric == Metric.GACC;
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
    double sum = 0;
    int present = 0;
    for (int c = 0; c < classes; c++) {
      double predicted = 0;
      double matched = 0;
      double labelled = 0;
      double found = 0;
      for (int i = 0; i < labels.length; i++) {
        if (valid(i) && edge(prediction, i, c)) {
          predicted++;
          matched += near(labels, i, c) ? 1 : 0;
        }
        if (edge(labels, i, c)) {
          labelled++;
          found += near(prediction, i, c) ? 1 : 0;
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

  private boolean valid(int i) {
    return labels[i] >= 0 && labels[i] < classes;
  }

  /** Whether pixel i is of class c, and a valid neighbour is of another. */
  private boolean edge(int[] map, int i, int c) {
    return valid(i) && map[i] == c && any(i, 1, j -> valid(j) && map[j] != c);
  }

  private boolean near(int[] map, int i, int c) {
    return any(i, tolerance, j -> edge(map, j, c));
  }

  private boolean nearAnyEdge(int i) {
    return any(i, tolerance, j -> valid(j) && edge(labels, j, labels[j]));
  }

  private interface PixelTest {
    boolean holds(int pixel);
  }

  private boolean any(int i, int distance, PixelTest test) {
    int row = i / width;
    int column = i % width;
    for (int r = Math.max(0, row - distance); r <= Math.min(height - 1, row + distance); r++) {
      int last = Math.min(width - 1, column + distance);
      for (int s = Math.max(0, column - distance); s <= last; s++) {
        if (test.holds(r * width + s)) {
          return true;
        }
      }
    }
    return false;
  }
}

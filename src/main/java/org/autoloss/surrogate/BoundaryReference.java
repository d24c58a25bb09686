package org.autoloss.surrogate;

import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.EdgeReference;
import org.autoloss.metric.segmentation.IgnoredEdges;

/**
 * The BF1 surrogate in plain Java and double precision: the formula, a loop at a time; see {@link
 * SurrogateLoss}.
 */
final class BoundaryReference {
  private static final double EPSILON = 1e-8;

  private final SurrogateParameters parameters;
  private final int[] labels;
  private final EdgeReference labelEdges;
  private final int images;
  private final int classes;
  private final int height;
  private final int width;
  private final int tolerance;
  private final double[] p;
  private final double[] edge; // E
  private final int[] lowest; // where the 3x3 minimum of p is
  private final double[] byEdge; // d loss / d E
  private final double[] byProbability; // d loss / d p

  BoundaryReference(SurrogateParameters parameters, double[] p, int[] labels, Shape shape) {
    this.parameters = parameters;
    this.labels = labels;
    this.labelEdges = EdgeReference.ofLabels(labels, shape, parameters.policy().ignoredEdges());
    this.images = (int) shape.n();
    this.classes = (int) shape.c();
    this.height = Math.toIntExact(shape.h());
    this.width = Math.toIntExact(shape.w());
    this.tolerance = parameters.policy().tolerance();
    this.p = p;
    this.edge = new double[p.length];
    this.lowest = new int[p.length];
    this.byEdge = new double[p.length];
    this.byProbability = new double[p.length];
  }

  double run(double[] gradient) {
    for (int plane = 0; plane < images * classes; plane++) {
      for (int pixel = 0; pixel < height * width; pixel++) {
        if (seen(plane, pixel)) {
          int i = plane * height * width + pixel;
          lowest[i] = extreme(p, plane, pixel, 1, -1);
          edge[i] = edgeAt(p[i], p[lowest[i]]);
        }
      }
    }
    double loss = loss();
    if (gradient != null) {
      for (int i = 0; i < p.length; i++) {
        if (seen(i / (height * width), i % (height * width))) {
          throughEdge(i);
        }
      }
      throughSoftmax(gradient);
    }
    return loss;
  }

  private double curve(int index, double x) {
    return parameters.curves().get(index).value(x);
  }

  private double slope(int index, double x) {
    return parameters.curves().get(index).slope(x);
  }

  private double edgeAt(double q, double e) {
    double either = curve(2, q) + curve(3, e) - curve(2, q) * curve(3, e);
    return either - curve(0, q) * curve(1, e);
  }

  /** Where the window's largest (sign 1) or smallest (sign -1) value is, the first among equals. */
  private int extreme(double[] values, int plane, int pixel, int radius, int sign) {
    int row = pixel / width;
    int column = pixel % width;
    int best = -1;
    for (int r = Math.max(0, row - radius); r <= Math.min(height - 1, row + radius); r++) {
      for (int k = Math.max(0, column - radius); k <= Math.min(width - 1, column + radius); k++) {
        int i = (plane * height + r) * width + k;
        boolean better = best < 0 || sign * values[i] > sign * values[best];
        if (better && seen(plane, r * width + k)) {
          best = i;
        }
      }
    }
    return best;
  }

  /** Whether a pixel has a say: where ignored ones are left out, they are outside the image. */
  private boolean seen(int plane, int pixel) {
    int label = labels[plane / classes * height * width + pixel];
    boolean keep = parameters.policy().ignoredEdges() == IgnoredEdges.COUNT;
    return keep || label >= 0 && label < classes;
  }

  private boolean labelEdge(int c, int image, int pixel) {
    return counted(c) && labelEdges.edge(image * height * width + pixel, c);
  }

  private boolean nearLabelEdge(int c, int image, int pixel) {
    return counted(c) && labelEdges.near(image * height * width + pixel, c, tolerance);
  }

  private boolean counted(int c) {
    return c > 0 || !parameters.policy().dropBackground();
  }

  /** The loss; leaves its slopes in {@link #byEdge}. */
  private double loss() {
    int present = 0;
    for (int c = 0; c < classes; c++) {
      present += labelEdges(c) > 0 ? 1 : 0;
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      if (labelEdges(c) > 0) {
        sum += fMeasure(c, labelEdges(c), present);
      }
    }
    return present == 0 ? 0 : 1 - sum / present;
  }

  private int labelEdges(int c) {
    int count = 0;
    for (int image = 0; image < images; image++) {
      for (int pixel = 0; pixel < height * width; pixel++) {
        count += labelEdge(c, image, pixel) ? 1 : 0;
      }
    }
    return count;
  }

  private double fMeasure(int c, int labelled, int present) {
    double predicted = EPSILON;
    double matched = 0;
    double found = 0;
    for (int image = 0; image < images; image++) {
      int plane = image * classes + c;
      for (int pixel = 0; pixel < height * width; pixel++) {
        double e = edge[plane * height * width + pixel];
        predicted += e;
        matched += nearLabelEdge(c, image, pixel) ? e : 0;
        found += labelEdge(c, image, pixel) ? edge[extreme(edge, plane, pixel, tolerance, 1)] : 0;
      }
    }
    double truth = labelled + EPSILON;
    double precision = matched / predicted;
    double recall = found / truth;
    double both = precision + recall + EPSILON;
    double byPrecision = -2 * recall * (recall + EPSILON) / (both * both * present);
    double byRecall = -2 * precision * (precision + EPSILON) / (both * both * present);
    for (int image = 0; image < images; image++) {
      int plane = image * classes + c;
      for (int pixel = 0; pixel < height * width; pixel++) {
        int i = plane * height * width + pixel;
        double near = nearLabelEdge(c, image, pixel) ? 1 : 0;
        byEdge[i] += byPrecision * (near - precision) / predicted;
        if (labelEdge(c, image, pixel)) {
          byEdge[extreme(edge, plane, pixel, tolerance, 1)] += byRecall / truth;
        }
      }
    }
    return 2 * precision * recall / both;
  }

  private void throughEdge(int i) {
    double q = p[i];
    double e = p[lowest[i]];
    byProbability[i] += byEdge[i] * (slope(2, q) * (1 - curve(3, e)) - slope(0, q) * curve(1, e));
    byProbability[lowest[i]] +=
        byEdge[i] * (slope(3, e) * (1 - curve(2, q)) - curve(0, q) * slope(1, e));
  }

  private void throughSoftmax(double[] gradient) {
    int plane = height * width;
    for (int image = 0; image < images; image++) {
      for (int pixel = 0; pixel < plane; pixel++) {
        double dot = 0;
        for (int c = 0; c < classes; c++) {
          int i = (image * classes + c) * plane + pixel;
          dot += p[i] * byProbability[i];
        }
        for (int c = 0; c < classes; c++) {
          int i = (image * classes + c) * plane + pixel;
          gradient[i] = seen(image * classes, pixel) ? p[i] * (byProbability[i] - dot) : 0;
        }
      }
    }
  }
}

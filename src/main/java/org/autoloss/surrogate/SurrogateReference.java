package org.autoloss.surrogate;

import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.EdgeReference;
import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * The surrogates in plain Java and double precision: the formula, a loop at a time. The native
 * kernels are checked against it; it is also what to read to understand them.
 */
public final class SurrogateReference {
  private static final double EPSILON = 1e-8;

  private SurrogateReference() {}

  /**
   * The loss of a metric, and where wanted its gradient.
   *
   * @param parameters of any metric
   * @param logits {@code N*C*H*W} values, row-major
   * @param labels {@code N*H*W} values; one outside {@code [0,C)} marks an ignored pixel
   * @param shape the sizes
   * @param gradient {@code N*C*H*W} values, overwritten; null where only the value is wanted
   * @return the loss
   */
  public static double evaluate(
      SurrogateParameters parameters,
      double[] logits,
      int[] labels,
      Shape shape,
      double[] gradient) {
    if (parameters.metric() == SegmentationMetric.BF1) {
      double[] p = softmax(logits, (int) shape.c(), Math.toIntExact(shape.h() * shape.w()));
      return new BoundaryReference(parameters, p, labels, shape).run(gradient);
    }
    int[] counted = labels;
    if (parameters.metric() == SegmentationMetric.BIOU) {
      ClassPolicy policy = parameters.policy();
      counted =
          EdgeReference.ofLabels(labels, shape, policy.ignoredEdges())
              .band(policy.tolerance(), policy.dropBackground());
    }
    return new Evaluation(parameters, logits, counted, shape).run(gradient);
  }

  private static double[] softmax(double[] logits, int classes, int plane) {
    double[] result = new double[logits.length];
    for (int pixel = 0; pixel < logits.length / classes; pixel++) {
      int first = pixel / plane * classes * plane + pixel % plane;
      double top = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        top = Math.max(top, logits[first + c * plane]);
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(logits[first + c * plane] - top);
      }
      for (int c = 0; c < classes; c++) {
        result[first + c * plane] = Math.exp(logits[first + c * plane] - top) / sum;
      }
    }
    return result;
  }

  /** One evaluation: the probabilities, the sums of each class, and what they mean for the loss. */
  private static final class Evaluation {
    private final SurrogateParameters parameters;
    private final int[] labels;
    private final int classes;
    private final int plane;
    private final double[] p;
    private final double[] overlap; // sum fA(p) y
    private final double[] spill; // sum fO(p) (1 - y)
    private final double[] labelled; // sum y
    private final double[] overlapSlope; // d loss / d overlap
    private final double[] spillSlope; // d loss / d spill

    Evaluation(SurrogateParameters parameters, double[] logits, int[] labels, Shape shape) {
      this.parameters = parameters;
      this.labels = labels;
      this.classes = (int) shape.c();
      this.plane = Math.toIntExact(shape.h() * shape.w());
      this.p = softmax(logits, classes, plane);
      this.overlap = new double[classes];
      this.spill = new double[classes];
      this.labelled = new double[classes];
      this.overlapSlope = new double[classes];
      this.spillSlope = new double[classes];
    }

    double run(double[] gradient) {
      for (int pixel = 0; pixel < labels.length; pixel++) {
        addPixel(pixel);
      }
      double loss = loss();
      if (gradient != null) {
        for (int pixel = 0; pixel < labels.length; pixel++) {
          writeGradient(pixel, gradient);
        }
      }
      return loss;
    }

    private int index(int pixel, int c) {
      return (pixel / plane * classes + c) * plane + pixel % plane;
    }

    private boolean counts(int pixel) {
      return labels[pixel] >= 0 && labels[pixel] < classes;
    }

    private PiecewiseBezier and() {
      return parameters.curves().get(0);
    }

    private PiecewiseBezier or() {
      return parameters.curves().get(1);
    }

    private boolean overUnion() {
      return switch (parameters.metric()) {
        case MIOU, FWIOU, BIOU -> true;
        default -> false;
      };
    }

    private void addPixel(int pixel) {
      if (!counts(pixel)) {
        return;
      }
      int label = labels[pixel];
      labelled[label]++;
      overlap[label] += and().value(p[index(pixel, label)]);
      for (int c = 0; overUnion() && c < classes; c++) {
        spill[c] += c == label ? 0 : or().value(p[index(pixel, c)]);
      }
    }

    private double loss() {
      double present = 0;
      double pixels = 0;
      for (double count : labelled) {
        present += count > 0 ? 1 : 0;
        pixels += count;
      }
      boolean skip = parameters.policy().inLoss() == AbsentClasses.SKIP;
      double surrogate = 0;
      for (int c = 0; c < classes; c++) {
        double weight =
            switch (parameters.metric()) {
              case FWIOU -> labelled[c] / (pixels + EPSILON);
              case GACC -> (labelled[c] + EPSILON) / (pixels + EPSILON);
              default -> !skip ? 1.0 / classes : labelled[c] > 0 ? 1 / present : 0;
            };
        double whole = spill[c] + labelled[c] + EPSILON; // the spill of an accuracy is 0
        surrogate += weight * overlap[c] / whole;
        overlapSlope[c] = -weight / whole;
        spillSlope[c] = overUnion() ? weight * overlap[c] / (whole * whole) : 0;
      }
      return skip && present == 0 ? 0 : 1 - surrogate;
    }

    private void writeGradient(int pixel, double[] gradient) {
      double[] byProbability = new double[classes];
      double dot = 0;
      for (int c = 0; counts(pixel) && c < classes; c++) {
        double q = p[index(pixel, c)];
        if (c == labels[pixel]) {
          byProbability[c] = overlapSlope[c] * and().slope(q);
        } else if (overUnion()) {
          byProbability[c] = spillSlope[c] * or().slope(q);
        }
        dot += q * byProbability[c];
      }
      for (int c = 0; c < classes; c++) {
        int i = index(pixel, c);
        gradient[i] = counts(pixel) ? p[i] * (byProbability[c] - dot) : 0;
      }
    }
  }
}

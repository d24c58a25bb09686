package org.autoloss.metric.segmentation;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.autoloss.loss.Shape;

/**
 * The four boundary metrics of predicted classes in plain Java: the definitions in {@link
 * SegmentationMetric}, a loop at a time. The native counts are checked against it.
 *
 * <p>Predictions and labels are {@code N*H*W} values, row-major; a label outside {@code [0,C)}
 * marks an ignored pixel, a prediction outside it is of no class.
 */
public final class BoundaryMetricReference {
  private final int[] predictions;
  private final int[] labels;
  private final Shape shape;
  private final int classes;
  private final int height;
  private final int width;

  /**
   * Metrics of a whole data set.
   *
   * @param predictions predicted classes, not copied
   * @param labels their labels, not copied
   * @param shape the sizes
   */
  public BoundaryMetricReference(int[] predictions, int[] labels, Shape shape) {
    this.predictions = predictions;
    this.labels = labels;
    this.shape = shape;
    this.classes = (int) shape.c();
    this.height = Math.toIntExact(shape.h());
    this.width = Math.toIntExact(shape.w());
  }

  /**
   * The sizes.
   *
   * @return as given
   */
  public Shape shape() {
    return shape;
  }

  /**
   * {@link SegmentationMetric#BIOU} of each class.
   *
   * @param policy tolerance, background, ignored pixels
   * @return NaN where a class is neither predicted nor labelled in the band
   */
  public double[] biou(ClassPolicy policy) {
    int[] band =
        EdgeReference.ofLabels(labels, shape, policy.ignoredEdges())
            .band(policy.tolerance(), policy.dropBackground());
    double[] iou = new double[classes];
    for (int c = 0; c < classes; c++) {
      double both = 0;
      double either = 0;
      for (int i = 0; i < band.length; i++) {
        if (band[i] >= 0 && band[i] < classes) {
          both += predictions[i] == c && band[i] == c ? 1 : 0;
          either += predictions[i] == c || band[i] == c ? 1 : 0;
        }
      }
      iou[c] = both / either;
    }
    return iou;
  }

  /**
   * {@link SegmentationMetric#BF1} of each class.
   *
   * @param policy tolerance, background, ignored pixels
   * @return without class 0 where the background is dropped; NaN where a class has no label edge
   */
  public double[] bf1(ClassPolicy policy) {
    EdgeReference truth = EdgeReference.ofLabels(labels, shape, policy.ignoredEdges());
    EdgeReference edges =
        EdgeReference.ofPredictions(predictions, labels, shape, policy.ignoredEdges());
    int first = policy.dropBackground() ? 1 : 0;
    double[] f = new double[classes - first];
    for (int c = first; c < classes; c++) {
      int own = c;
      f[c - first] =
          fMeasure(
              count(0, labels.length, i -> edges.edge(i, own)),
              count(
                  0,
                  labels.length,
                  i -> edges.edge(i, own) && truth.near(i, own, policy.tolerance())),
              count(0, labels.length, i -> truth.edge(i, own)),
              count(
                  0,
                  labels.length,
                  i -> truth.edge(i, own) && edges.near(i, own, policy.tolerance())));
    }
    return f;
  }

  /**
   * {@link SegmentationMetric#CHENG_BIOU} of each class.
   *
   * @param distance how deep boundary regions are, in pixels, 1 or more
   * @return NaN where a class is neither predicted nor labelled
   */
  public double[] chengBIoU(int distance) {
    double[] iou = new double[classes];
    for (int c = 0; c < classes; c++) {
      double both = 0;
      double either = 0;
      for (int i = 0; i < labels.length; i++) {
        boolean predicted = region(predictions, i, c, distance);
        boolean labelled = region(labels, i, c, distance);
        both += predicted && labelled ? 1 : 0;
        either += predicted || labelled ? 1 : 0;
      }
      iou[c] = both / either;
    }
    return iou;
  }

  private boolean counts(int pixel) {
    return labels[pixel] >= 0 && labels[pixel] < classes;
  }

  private boolean region(int[] map, int pixel, int c, int distance) {
    if (!counts(pixel) || map[pixel] != c) {
      return false;
    }
    int image = pixel / (height * width) * height * width;
    for (int dy = -distance; dy <= distance; dy++) {
      for (int dx = -distance; dx <= distance; dx++) {
        int row = (pixel - image) / width + dy;
        int column = pixel % width + dx;
        boolean inside = row >= 0 && row < height && column >= 0 && column < width;
        int other = image + row * width + column;
        if (!inside || counts(other) && map[other] != c) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * {@link SegmentationMetric#CSURKA_BF} of each image and class, before any mean.
   *
   * @param distance how near boundaries must be to match, in pixels, above 0
   * @return {@code [N][C]}; NaN where a class has no labelled boundary in an image
   */
  public double[][] csurkaBF(double distance) {
    EdgeReference truth = EdgeReference.ofLabels(labels, shape, IgnoredEdges.SKIP);
    EdgeReference edges =
        EdgeReference.ofPredictions(predictions, labels, shape, IgnoredEdges.SKIP);
    double[][] f = new double[(int) shape.n()][classes];
    for (int image = 0; image < f.length; image++) {
      int from = image * height * width;
      int to = from + height * width;
      for (int c = 0; c < classes; c++) {
        int own = c;
        f[image][c] =
            fMeasure(
                count(from, to, i -> edges.edge(i, own)),
                count(from, to, i -> edges.edge(i, own) && inDisc(truth, i, own, distance)),
                count(from, to, i -> truth.edge(i, own)),
                count(from, to, i -> truth.edge(i, own) && inDisc(edges, i, own, distance)));
      }
    }
    return f;
  }

  private static double count(int from, int to, IntPredicate condition) {
    return IntStream.range(from, to).filter(condition).count();
  }

  /** NaN where nothing is labelled, 0 where nothing matches. */
  private static double fMeasure(double predicted, double matched, double labelled, double found) {
    if (labelled == 0) {
      return Double.NaN;
    }
    double precision = predicted == 0 ? 0 : matched / predicted;
    double recall = found / labelled;
    return precision * recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }

  private boolean inDisc(EdgeReference edges, int pixel, int c, double distance) {
    return edges.anyWithin(
        pixel,
        Math.max(height, width),
        other -> {
          double dy = other / width - pixel / width;
          double dx = other % width - pixel % width;
          return dy * dy + dx * dx < distance * distance && edges.edge(other, c);
        });
  }
}

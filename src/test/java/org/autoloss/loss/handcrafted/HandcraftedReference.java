package org.autoloss.loss.handcrafted;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Shape;

/**
 * The hand-made losses in plain Java and double precision: each formula a loop at a time, every
 * distance by trying all pixels. The losses, native and composed, are checked against it; it is
 * also what to read to understand them. Formulas and sources stand at the losses.
 *
 * <p>Logits are {@code N*C*H*W} values, row-major. Slow: distances take a time of order {@code (H
 * W)^2} for each image.
 */
public final class HandcraftedReference {
  private static final double EPSILON = 1e-8;

  private final int[] labels;
  private final int images;
  private final int classes;
  private final int height;
  private final int width;
  private final int plane;

  /**
   * The losses on a batch of labels.
   *
   * @param labels {@code N*H*W} values, row-major, not copied; one outside {@code [0,C)} marks an
   *     ignored pixel
   * @param shape the sizes
   */
  public HandcraftedReference(int[] labels, Shape shape) {
    this.labels = labels;
    images = (int) shape.n();
    classes = (int) shape.c();
    height = (int) shape.h();
    width = (int) shape.w();
    plane = height * width;
  }

  /**
   * Cross entropy.
   *
   * @param logits of the batch
   * @return the loss
   */
  public double crossEntropy(double[] logits) {
    return crossEntropy(softmax(logits), ones());
  }

  /**
   * {@link WeightedCrossEntropyLoss}.
   *
   * @param logits of the batch
   * @param border strength of U-Net's border term; 0 leaves it out
   * @param sigma its width in pixels
   * @return the loss
   */
  public double weightedCrossEntropy(double[] logits, double border, double sigma) {
    double[] weights = balanced();
    if (border > 0) {
      double[] gaps = borderWeights(border, sigma);
      Arrays.setAll(weights, i -> weights[i] + gaps[i]);
    }
    return crossEntropy(softmax(logits), weights);
  }

  /**
   * {@link DistancePenalisedCrossEntropyLoss}.
   *
   * @param logits of the batch
   * @param strength of the penalty
   * @return the loss
   */
  public double distancePenalisedCrossEntropy(double[] logits, double strength) {
    return crossEntropy(softmax(logits), penalty(strength));
  }

  /**
   * {@link FocalLoss}.
   *
   * @param logits of the batch
   * @param gamma the larger, the less easy pixels weigh
   * @return the loss
   */
  public double focal(double[] logits, double gamma) {
    return focalLoss(softmax(logits), gamma);
  }

  /**
   * {@link DiceLoss}.
   *
   * @param logits of the batch
   * @param absent what a class without a labelled pixel does
   * @return the loss
   */
  public double dice(double[] logits, AbsentClasses absent) {
    return overlap(softmax(logits), true, 0.5, 0.5, absent == AbsentClasses.COUNT);
  }

  /**
   * {@link TverskyLoss}; with both weights 1 {@link JaccardLoss}.
   *
   * @param logits of the batch
   * @param alpha weight of false positives
   * @param beta weight of false negatives
   * @param absent what a class without a labelled pixel does
   * @return the loss
   */
  public double tversky(double[] logits, double alpha, double beta, AbsentClasses absent) {
    return overlap(softmax(logits), false, alpha, beta, absent == AbsentClasses.COUNT);
  }

  /**
   * {@link LovaszLoss}.
   *
   * @param logits of the batch
   * @param perImage whether it is the mean of each image's loss
   * @return the loss
   */
  public double lovasz(double[] logits, boolean perImage) {
    double[] p = softmax(logits);
    return perImage ? lovaszPerImage(p) : lovasz(p, 0, images);
  }

  /**
   * {@link SsimLoss}.
   *
   * @param logits of the batch
   * @return the loss
   */
  public double ssim(double[] logits) {
    return structure(softmax(logits));
  }

  /**
   * {@link BoundaryLoss}.
   *
   * @param logits of the batch
   * @return the loss
   */
  public double boundary(double[] logits) {
    return boundaryLoss(softmax(logits));
  }

  /**
   * {@link ProbabilityDistance#l1}.
   *
   * @param logits of the batch
   * @return the loss
   */
  public double l1(double[] logits) {
    return distance(softmax(logits), d -> d);
  }

  /**
   * {@link ProbabilityDistance#mse}.
   *
   * @param logits of the batch
   * @return the loss
   */
  public double mse(double[] logits) {
    return distance(softmax(logits), d -> d * d);
  }

  /**
   * {@link ProbabilityDistance#smoothL1}.
   *
   * @param logits of the batch
   * @param beta where squared turns into absolute
   * @return the loss
   */
  public double smoothL1(double[] logits, double beta) {
    return distance(softmax(logits), d -> d < beta ? d * d / (2 * beta) : d - beta / 2);
  }

  private boolean counts(int pixel) {
    return labels[pixel] >= 0 && labels[pixel] < classes;
  }

  private int valid() {
    int count = 0;
    for (int i = 0; i < labels.length; i++) {
      count += counts(i) ? 1 : 0;
    }
    return Math.max(1, count);
  }

  private int[] pixelsOfClasses() {
    int[] count = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      if (counts(i)) {
        count[labels[i]]++;
      }
    }
    return count;
  }

  private int index(int pixel, int c) {
    return (pixel / plane * classes + c) * plane + pixel % plane;
  }

  private double y(int pixel, int c) {
    return labels[pixel] == c ? 1 : 0;
  }

  private double[] softmax(double[] logits) {
    double[] p = new double[logits.length];
    for (int i = 0; i < labels.length; i++) {
      double top = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        top = Math.max(top, logits[index(i, c)]);
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(logits[index(i, c)] - top);
      }
      for (int c = 0; c < classes; c++) {
        p[index(i, c)] = Math.exp(logits[index(i, c)] - top) / sum;
      }
    }
    return p;
  }

  private double[] ones() {
    double[] weights = new double[labels.length];
    Arrays.fill(weights, 1);
    return weights;
  }

  private double[] balanced() {
    int[] count = pixelsOfClasses();
    long present = Arrays.stream(count).filter(n -> n > 0).count();
    double[] weights = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      weights[i] = counts(i) ? valid() / ((double) present * count[labels[i]]) : 0;
    }
    return weights;
  }

  private double crossEntropy(double[] p, double[] weights) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      sum -= counts(i) ? weights[i] * Math.log(p[index(i, labels[i])]) : 0;
    }
    return sum / valid();
  }

  private double focalLoss(double[] p, double gamma) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      if (counts(i)) {
        double own = p[index(i, labels[i])];
        sum -= Math.pow(1 - own, gamma) * Math.log(own);
      }
    }
    return sum / valid();
  }

  /** Distance of two pixels of one image. */
  private double between(int a, int b) {
    return Math.hypot(a / width - b / width, a % width - b % width);
  }

  /**
   * Exact Euclidean distance of each pixel to the nearest label edge of its image.
   *
   * @return {@code N*H*W} values, in pixels; infinite where an image has no edge
   */
  public double[] edgeDistance() {
    double[] result = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      result[i] = Double.POSITIVE_INFINITY;
      int image = i / plane;
      for (int k = 0; k < plane; k++) {
        if (edge(image * plane + k)) {
          result[i] = Math.min(result[i], between(i % plane, k));
        }
      }
    }
    return result;
  }

  private boolean edge(int pixel) {
    int row = pixel % plane / width;
    int column = pixel % width;
    boolean other = false;
    for (int y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
      for (int x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
        other |= labels[pixel / plane * plane + y * width + x] != labels[pixel];
      }
    }
    return counts(pixel) && other;
  }

  private double[] penalty(double strength) {
    double[] distance = edgeDistance();
    double[] weights = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      int first = i / plane * plane;
      double largest = Arrays.stream(distance, first, first + plane).max().orElse(0);
      boolean edges = !Double.isInfinite(largest);
      weights[i] = 1 + (edges ? strength * (1 - distance[i] / Math.max(1, largest)) : 0);
    }
    return weights;
  }

  /**
   * U-Net's border term of {@link WeightedCrossEntropyLoss} at each pixel.
   *
   * @param strength of the term
   * @param sigma its width in pixels
   * @return {@code N*H*W} values, 0 within objects and in ignored pixels
   */
  public double[] borderWeights(double strength, double sigma) {
    int[] object = objects();
    double[] weights = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] != 0) {
        continue;
      }
      int first = i / plane * plane;
      Set<Integer> seen = new HashSet<>();
      for (int k = first; k < first + plane; k++) {
        seen.add(object[k]);
      }
      seen.remove(-1);
      int pixel = i;
      double[] nearest =
          seen.stream()
              .mapToDouble(each -> distanceTo(pixel, object, each))
              .sorted()
              .limit(2)
              .toArray();
      if (nearest.length == 2) {
        double sum = nearest[0] + nearest[1];
        weights[i] = strength * Math.exp(-sum * sum / (2 * sigma * sigma));
      }
    }
    return weights;
  }

  private double distanceTo(int pixel, int[] object, int wanted) {
    double nearest = Double.POSITIVE_INFINITY;
    int first = pixel / plane * plane;
    for (int k = 0; k < plane; k++) {
      if (object[first + k] == wanted) {
        nearest = Math.min(nearest, between(pixel % plane, k));
      }
    }
    return nearest;
  }

  /** Regions of equal label, by merging until nothing changes. */
  private int[] objects() {
    int[] object = new int[labels.length];
    Arrays.setAll(object, i -> counts(i) && labels[i] > 0 ? i : -1);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < labels.length; i++) {
        int right = i % width + 1 < width ? i + 1 : i;
        int below = i % plane + width < plane ? i + width : i;
        for (int other : new int[] {right, below}) {
          if (object[i] >= 0 && labels[other] == labels[i] && object[i] != object[other]) {
            object[i] = Math.min(object[i], object[other]);
            object[other] = object[i];
            changed = true;
          }
        }
      }
    }
    return object;
  }

  private double overlap(double[] p, boolean squared, double alpha, double beta, boolean all) {
    int[] count = pixelsOfClasses();
    double similarity = 0;
    int present = 0;
    for (int c = 0; c < classes; c++) {
      double both = 0;
      double size = 0;
      for (int i = 0; i < labels.length; i++) {
        if (counts(i)) {
          double q = p[index(i, c)];
          both += q * y(i, c);
          size += squared ? q * q : q;
        }
      }
      double own = squared ? 0 : 1 - alpha - beta;
      if (all || count[c] > 0) {
        similarity += both / (own * both + alpha * size + beta * count[c] + EPSILON);
        present++;
      }
    }
    return present == 0 ? 0 : 1 - similarity / present;
  }

  private double lovaszPerImage(double[] p) {
    double sum = 0;
    int filled = 0;
    for (int image = 0; image < images; image++) {
      boolean any = false;
      for (int i = image * plane; i < (image + 1) * plane; i++) {
        any |= counts(i);
      }
      sum += any ? lovasz(p, image, 1) : 0;
      filled += any ? 1 : 0;
    }
    return sum / Math.max(1, filled);
  }

  private double lovasz(double[] p, int firstImage, int count) {
    double sum = 0;
    int present = 0;
    for (int c = 0; c < classes; c++) {
      double labelled = 0;
      double[][] errors = new double[count * plane][];
      int valid = 0;
      for (int i = firstImage * plane; i < (firstImage + count) * plane; i++) {
        if (counts(i)) {
          double own = y(i, c);
          errors[valid++] = new double[] {Math.abs(own - p[index(i, c)]), own};
          labelled += own;
        }
      }
      if (labelled == 0) {
        continue;
      }
      present++;
      Arrays.sort(errors, 0, valid, (a, b) -> Double.compare(b[0], a[0]));
      double left = labelled;
      double whole = labelled;
      double before = 0;
      for (int k = 0; k < valid; k++) {
        left -= errors[k][1];
        whole += 1 - errors[k][1];
        double jaccard = 1 - left / whole;
        sum += errors[k][0] * (jaccard - before);
        before = jaccard;
      }
    }
    return sum / Math.max(1, present);
  }

  private double structure(double[] p) {
    double sum = 0;
    int valid = 0;
    for (int i = 0; i < labels.length; i++) {
      valid += counts(i) ? 1 : 0;
      for (int c = 0; counts(i) && c < classes; c++) {
        sum += similarity(p, i, c);
      }
    }
    return valid == 0 ? 0 : 1 - sum / valid / classes;
  }

  private double similarity(double[] p, int pixel, int c) {
    double[] taps = new double[11];
    Arrays.setAll(taps, k -> Math.exp(-(k - 5) * (k - 5) / (2 * 1.5 * 1.5)));
    double norm = Arrays.stream(taps).sum();
    double[] mean = new double[5]; // x, y, x^2, y^2, xy
    for (int dy = -5; dy <= 5; dy++) {
      for (int dx = -5; dx <= 5; dx++) {
        int row = pixel % plane / width + dy;
        int column = pixel % width + dx;
        int other = pixel / plane * plane + row * width + column;
        boolean inside = row >= 0 && row < height && column >= 0 && column < width;
        if (inside && counts(other)) {
          double tap = taps[dy + 5] * taps[dx + 5] / norm / norm;
          double x = p[index(other, c)];
          double y = y(other, c);
          mean[0] += tap * x;
          mean[1] += tap * y;
          mean[2] += tap * x * x;
          mean[3] += tap * y * y;
          mean[4] += tap * x * y;
        }
      }
    }
    double c1 = 1e-4;
    double c2 = 9e-4;
    double vx = mean[2] - mean[0] * mean[0];
    double vy = mean[3] - mean[1] * mean[1];
    double cov = mean[4] - mean[0] * mean[1];
    return (2 * mean[0] * mean[1] + c1)
        * (2 * cov + c2)
        / ((mean[0] * mean[0] + mean[1] * mean[1] + c1) * (vx + vy + c2));
  }

  /**
   * Signed Euclidean distance of a pixel to the boundary of a class, as {@link BoundaryLoss} has
   * it.
   *
   * @param pixel its place among all images
   * @param c the class
   * @return in pixels; 0 for a class that is nowhere or everywhere in the image
   */
  public double signedDistance(int pixel, int c) {
    double toClass = Double.POSITIVE_INFINITY;
    double toOther = Double.POSITIVE_INFINITY;
    int first = pixel / plane * plane;
    for (int k = 0; k < plane; k++) {
      double distance = between(pixel % plane, k);
      if (labels[first + k] == c) {
        toClass = Math.min(toClass, distance);
      } else {
        toOther = Math.min(toOther, distance);
      }
    }
    if (Double.isInfinite(toClass) || Double.isInfinite(toOther)) {
      return 0;
    }
    return labels[pixel] == c ? 1 - toOther : toClass;
  }

  private double boundaryLoss(double[] p) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; counts(i) && c < classes; c++) {
        sum += p[index(i, c)] * signedDistance(i, c);
      }
    }
    return sum / valid() / classes;
  }

  private double distance(double[] p, DoubleUnaryOperator f) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; counts(i) && c < classes; c++) {
        double d = Math.abs(p[index(i, c)] - y(i, c));
        sum += f.applyAsDouble(d);
      }
    }
    return sum / valid() / classes;
  }
}

package org.autoloss.surrogate;

import java.util.function.IntPredicate;
import org.autoloss.loss.Shape;

/**
 * The band of pixels around label edges that BIoU is measured in, in plain Java: the definition, a
 * loop at a time.
 */
final class TrimapReference {
  private final int[] labels;
  private final int classes;
  private final int height;
  private final int width;

  TrimapReference(int[] labels, Shape shape) {
    this.labels = labels;
    this.classes = (int) shape.c();
    this.height = Math.toIntExact(shape.h());
    this.width = Math.toIntExact(shape.w());
  }

  /** A pixel that counts and whose 3x3 neighbourhood, inside the image, holds another label. */
  boolean edge(int pixel) {
    if (labels[pixel] < 0 || labels[pixel] >= classes) {
      return false;
    }
    return anyWithin(pixel, 1, other -> labels[other] != labels[pixel]);
  }

  /**
   * The labels, with -1 (ignored) at every pixel farther than the tolerance from all edges.
   *
   * @param tolerance in pixels; the band is a square of {@code 2 tolerance + 1} around each edge
   * @param dropBackground whether edges of class 0 are left out
   */
  int[] labelsNearEdges(int tolerance, boolean dropBackground) {
    int[] near = new int[labels.length];
    for (int pixel = 0; pixel < labels.length; pixel++) {
      boolean inside =
          anyWithin(
              pixel, tolerance, other -> !(dropBackground && labels[other] == 0) && edge(other));
      near[pixel] = inside ? labels[pixel] : -1;
    }
    return near;
  }

  /** Whether a pixel of the image within a square of the radius meets a condition. */
  boolean anyWithin(int pixel, int radius, IntPredicate condition) {
    int image = pixel / (height * width) * height * width;
    int row = (pixel - image) / width;
    int column = pixel % width;
    for (int r = Math.max(0, row - radius); r <= Math.min(height - 1, row + radius); r++) {
      for (int k = Math.max(0, column - radius); k <= Math.min(width - 1, column + radius); k++) {
        if (condition.test(image + r * width + k)) {
          return true;
        }
      }
    }
    return false;
  }
}

package org.autoloss.metric.segmentation;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.autoloss.loss.Shape;

/**
 * Edges between classes in plain Java: the definition, a loop at a time. The native edges of all
 * boundary losses and metrics are checked against it.
 *
 * <p>An edge is a pixel with a class whose 3x3 neighbourhood, inside the image, holds another class
 * or none. Pixels that are left out are as if they were outside the image.
 */
public final class EdgeReference {
  private final int[] map;
  private final boolean[] leftOut;
  private final int classes;
  private final int height;
  private final int width;

  private EdgeReference(int[] map, boolean[] leftOut, Shape shape) {
    this.map = map;
    this.leftOut = leftOut;
    this.classes = (int) shape.c();
    this.height = Math.toIntExact(shape.h());
    this.width = Math.toIntExact(shape.w());
  }

  /**
   * The edges of labels.
   *
   * @param labels {@code N*H*W} values, row-major; one outside {@code [0,C)} marks an ignored pixel
   * @param shape the sizes
   * @param ignored whether ignored pixels are left out
   * @return their edges; the array is not copied
   */
  public static EdgeReference ofLabels(int[] labels, Shape shape, IgnoredEdges ignored) {
    return ofPredictions(labels, labels, shape, ignored);
  }

  /**
   * The edges of predicted classes.
   *
   * @param predictions {@code N*H*W} values, row-major; one outside {@code [0,C)} is of no class
   * @param labels {@code N*H*W} values, row-major; one outside {@code [0,C)} marks an ignored pixel
   * @param shape the sizes
   * @param ignored whether ignored pixels are left out
   * @return their edges; the array of predictions is not copied
   */
  public static EdgeReference ofPredictions(
      int[] predictions, int[] labels, Shape shape, IgnoredEdges ignored) {
    boolean[] leftOut = new boolean[labels.length];
    for (int i = 0; i < labels.length; i++) {
      leftOut[i] = ignored == IgnoredEdges.SKIP && (labels[i] < 0 || labels[i] >= shape.c());
    }
    return new EdgeReference(predictions, leftOut, shape);
  }

  /**
   * Whether a pixel is an edge.
   *
   * @param pixel its place among all images
   * @return whether it has a class and a neighbour of another or none
   */
  public boolean edge(int pixel) {
    return has(pixel) && anyWithin(pixel, 1, other -> !leftOut[other] && map[other] != map[pixel]);
  }

  /**
   * Whether a pixel is an edge of a class.
   *
   * @param pixel its place among all images
   * @param c the class
   * @return whether it is of that class, and an edge
   */
  public boolean edge(int pixel, int c) {
    return map[pixel] == c && edge(pixel);
  }

  /**
   * Whether an edge of a class is near a pixel.
   *
   * @param pixel its place among all images
   * @param c the class
   * @param radius of the square around the pixel
   * @return whether one is in that square
   */
  public boolean near(int pixel, int c, int radius) {
    return anyWithin(pixel, radius, other -> edge(other, c));
  }

  /**
   * Whether a pixel of the image within a square meets a condition.
   *
   * @param pixel its place among all images
   * @param radius of the square around the pixel
   * @param condition on the place of a pixel
   * @return whether one meets it
   */
  public boolean anyWithin(int pixel, int radius, IntPredicate condition) {
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

  /**
   * The map, with -1 at every pixel that is farther than the tolerance from all edges: what BIoU
   * looks at.
   *
   * @param tolerance in pixels; the band is a square of {@code 2 tolerance + 1} around each edge
   * @param dropBackground whether edges of class 0 are left out
   * @return a new array
   */
  public int[] band(int tolerance, boolean dropBackground) {
    int[] band = map.clone();
    Arrays.setAll(
        band,
        pixel ->
            anyWithin(pixel, tolerance, i -> !(dropBackground && map[i] == 0) && edge(i))
                ? map[pixel]
                : -1);
    return band;
  }

  private boolean has(int pixel) {
    return !leftOut[pixel] && map[pixel] >= 0 && map[pixel] < classes;
  }
}

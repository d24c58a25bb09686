package org.autoloss.metric.detection;

import java.util.List;

/**
 * The outlines of an object's parts, in pixels.
 *
 * @param parts each {@code x1, y1, x2, y2, ...} of three corners or more; not copied
 */
public record Polygons(List<double[]> parts) implements Segmentation {
  /** Coordinates lie within as many pixels of the origin; no image is larger. */
  public static final double FARTHEST = 100_000;

  private static final int FEWEST = 6;

  /**
   * Checks the coordinates.
   *
   * @throws IllegalArgumentException if there is no part, or a part with an odd number of
   *     coordinates or fewer than six, or a coordinate that is not finite or beyond 100,000
   */
  public Polygons {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("polygons: expected at least one, got none");
    }
    for (double[] part : parts) {
      check(part);
    }
  }

  private static void check(double[] part) {
    if (part.length < FEWEST || part.length % 2 != 0) {
      throw new IllegalArgumentException(
          "polygon: expected x and y of three corners or more, got " + part.length + " numbers");
    }
    for (double each : part) {
      if (!(Math.abs(each) <= FARTHEST)) {
        throw new IllegalArgumentException(
            "polygon: expected coordinates within 100,000 pixels, got " + each);
      }
    }
  }

  /**
   * The outline of a box.
   *
   * @param box any
   * @return one polygon of four corners
   */
  public static Polygons of(Box box) {
    double x2 = box.x() + box.width();
    double y2 = box.y() + box.height();
    return new Polygons(List.of(new double[] {box.x(), box.y(), box.x(), y2, x2, y2, x2, box.y()}));
  }

  @Override
  public RunLengths runs(int height, int width) {
    return RunLengths.union(
        parts.stream().map(part -> PolygonRaster.runs(part, height, width)).toList());
  }
}

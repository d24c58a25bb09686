package org.autoloss.metric.detection;

import java.util.Arrays;

/**
 * Fills a polygon as COCO's {@code maskApi.c} does, so that areas and overlaps are the same to the
 * pixel.
 *
 * <p>Corners are rounded to a grid of five points a pixel. The outline is walked on that grid, one
 * step at a time along its longer direction. Where a step passes the middle line of a column of
 * pixels, the row at which it does, rounded up, is where the column changes between outside and
 * inside. All such places, sorted in the order of pixels down the columns, are the ends of runs;
 * two in one place cancel out.
 *
 * <p>The C code has to be compiled without fused multiply-add to be reproducible; Java never fuses.
 */
final class PolygonRaster {
  private static final double SCALE = 5;

  private final int height;
  private final int width;
  private int[] changes = new int[64]; // positions, column-major
  private int size;
  private int lastX; // of the walk, on the fine grid
  private int lastY;
  private boolean walking;

  private PolygonRaster(int height, int width) {
    this.height = height;
    this.width = width;
  }

  /** The mask of one polygon. */
  static RunLengths runs(double[] corners, int height, int width) {
    RunLengths.requireSizes(height, width);
    PolygonRaster raster = new PolygonRaster(height, width);
    int points = corners.length / 2;
    for (int i = 0; i < points; i++) {
      int next = (i + 1) % points;
      raster.edge(
          fine(corners[2 * i]),
          fine(corners[2 * i + 1]),
          fine(corners[2 * next]),
          fine(corners[2 * next + 1]));
    }
    return raster.runs();
  }

  private static int fine(double coordinate) {
    return (int) (SCALE * coordinate + .5);
  }

  /**
   * Walks from one corner to the next. An edge is always computed from its lower end, so that the
   * two objects that share it have the same points.
   */
  private void edge(int x1, int y1, int x2, int y2) {
    int dx = Math.abs(x2 - x1);
    int dy = Math.abs(y2 - y1);
    boolean flat = dx >= dy;
    boolean back = flat ? x1 > x2 : y1 > y2;
    int x = back ? x2 : x1;
    int y = back ? y2 : y1;
    int steps = flat ? dx : dy;
    double slope = (double) (flat ? y1 + y2 - 2 * y : x1 + x2 - 2 * x) / steps;
    for (int step = 0; step <= steps; step++) {
      int t = back ? steps - step : step;
      if (flat) {
        visit(t + x, (int) (y + slope * t + .5));
      } else {
        visit((int) (x + slope * t + .5), t + y);
      }
    }
  }

  private void visit(int x, int y) {
    if (walking && x != lastX) {
      pass(Math.min(x, lastX), Math.min(y, lastY));
    }
    lastX = x;
    lastY = y;
    walking = true;
  }

  /** A step between x and x + 1 of the fine grid, whose upper end is at y. */
  private void pass(int x, int y) {
    double column = (x + .5) / SCALE - .5;
    if (Math.floor(column) != column || column < 0 || column > width - 1) {
      return;
    }
    double row = Math.ceil(Math.max(0, Math.min(height, (y + .5) / SCALE - .5)));
    if (size == changes.length) {
      changes = Arrays.copyOf(changes, 2 * size);
    }
    changes[size++] = (int) column * height + (int) row;
  }

  private RunLengths runs() {
    Arrays.sort(changes, 0, size);
    int[] counts = new int[size + 1];
    int runs = 0;
    int from = 0;
    for (int i = 0; i < size; i++) {
      if (i + 1 < size && changes[i + 1] == changes[i]) {
        i++; // both ends in one place: nothing changes
      } else {
        counts[runs++] = changes[i] - from;
        from = changes[i];
      }
    }
    if (from < height * width || runs == 0) {
      counts[runs++] = height * width - from;
    }
    return RunLengths.trusted(height, width, Arrays.copyOf(counts, runs));
  }
}

package org.autoloss.data;

import java.util.List;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.Polygons;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.metric.detection.Segmentation;

/**
 * Carries objects from an image to a part of it that is scaled, and perhaps flipped: {@code x' = (x
 * - left) * scaleX}, then {@code width - x'}.
 *
 * @param left of the part, in pixels of the image
 * @param top of the part
 * @param scaleX from pixels of the image to those of the result
 * @param scaleY likewise
 * @param width of the result
 * @param height of the result
 * @param flipped whether left and right are exchanged
 */
record ObjectGeometry(
    int left, int top, double scaleX, double scaleY, int width, int height, boolean flipped) {
  private double x(double x) {
    double scaled = (x - left) * scaleX;
    return flipped ? width - scaled : scaled;
  }

  private double y(double y) {
    return (y - top) * scaleY;
  }

  /** The part of a box that is within the result; without width or height if there is none. */
  Box box(Box box) {
    double a = x(box.x());
    double b = x(box.x() + box.width());
    double x1 = Math.max(0, Math.min(width, Math.min(a, b)));
    double x2 = Math.max(0, Math.min(width, Math.max(a, b)));
    double y1 = Math.max(0, Math.min(height, y(box.y())));
    double y2 = Math.max(0, Math.min(height, y(box.y() + box.height())));
    return Box.ofCorners(x1, y1, x2, y2);
  }

  double area(double area) {
    return area * scaleX * scaleY;
  }

  Segmentation mask(Segmentation mask) {
    return mask instanceof Polygons polygons
        ? new Polygons(polygons.parts().stream().map(this::polygon).toList())
        : runs((RunLengths) mask);
  }

  private double[] polygon(double[] part) {
    double[] moved = new double[part.length];
    for (int i = 0; i < part.length; i += 2) {
      moved[i] = x(part[i]);
      moved[i + 1] = y(part[i + 1]);
    }
    return moved;
  }

  /** By the nearest pixel. */
  private RunLengths runs(RunLengths mask) {
    byte[] from = mask.decode();
    byte[] to = new byte[width * height];
    for (int y = 0; y < height; y++) {
      int row = top + (int) ((y + 0.5) / scaleY);
      for (int x = 0; x < width; x++) {
        int at = flipped ? width - 1 - x : x;
        int column = left + (int) ((at + 0.5) / scaleX);
        if (row < mask.height() && column < mask.width()) {
          to[y * width + x] = from[row * mask.width() + column];
        }
      }
    }
    return RunLengths.encode(height, width, to);
  }

  /** Points outside count as not labelled. */
  Keypoints keypoints(Keypoints points, List<Integer> mirror) {
    double[] moved = new double[3 * points.size()];
    for (int i = 0; i < points.size(); i++) {
      int from = flipped && !mirror.isEmpty() ? mirror.get(i) : i;
      double x = x(points.x(from));
      double y = y(points.y(from));
      boolean inside = x >= 0 && x <= width && y >= 0 && y <= height;
      if (points.labelled(from) && inside) {
        moved[3 * i] = x;
        moved[3 * i + 1] = y;
        moved[3 * i + 2] = points.values()[3 * from + 2];
      }
    }
    return new Keypoints(moved);
  }
}

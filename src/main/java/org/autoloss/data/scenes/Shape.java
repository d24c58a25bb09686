package org.autoloss.data.scenes;

/**
 * A region of the plane, given by a bounding box and a signed distance to its outline: below 0
 * inside. The distance is that of Inigo Quilez's "2D distance functions" or a good estimate near
 * the outline, which is where it decides about anti-aliasing.
 */
record Shape(double left, double top, double right, double bottom, Field field) {
  /** A signed distance. */
  interface Field {
    double at(double x, double y);
  }

  /** The signed distance in pixels; positive and of no exact value outside the bounding box. */
  double distance(double x, double y) {
    double outside = Math.max(Math.max(left - x, x - right), Math.max(top - y, y - bottom));
    return outside > 2 ? outside : field.at(x, y);
  }

  static Shape box(double left, double top, double right, double bottom) {
    return new Shape(
        left,
        top,
        right,
        bottom,
        (x, y) -> Math.max(Math.max(left - x, x - right), Math.max(top - y, y - bottom)));
  }

  static Shape circle(double cx, double cy, double radius) {
    return ellipse(cx, cy, radius, radius);
  }

  static Shape ellipse(double cx, double cy, double rx, double ry) {
    return new Shape(
        cx - rx,
        cy - ry,
        cx + rx,
        cy + ry,
        (x, y) -> {
          double u = (x - cx) / rx;
          double v = (y - cy) / ry;
          double k = Math.sqrt(u * u + v * v);
          // first order: (k - 1) over the gradient's length
          double slope = Math.hypot(u / rx, v / ry);
          return slope == 0 ? -Math.min(rx, ry) : k * (k - 1) / slope;
        });
  }

  /** A line with round ends whose radius changes evenly from one end to the other. */
  static Shape line(double x0, double y0, double x1, double y1, double r0, double r1) {
    double r = Math.max(r0, r1);
    double dx = x1 - x0;
    double dy = y1 - y0;
    double length2 = Math.max(1e-9, dx * dx + dy * dy);
    return new Shape(
        Math.min(x0, x1) - r,
        Math.min(y0, y1) - r,
        Math.max(x0, x1) + r,
        Math.max(y0, y1) + r,
        (x, y) -> {
          double t = Noise.clamp01(((x - x0) * dx + (y - y0) * dy) / length2);
          double ex = x - x0 - t * dx;
          double ey = y - y0 - t * dy;
          return Math.sqrt(ex * ex + ey * ey) - Noise.mix(r0, r1, t);
        });
  }

  /** A chain of lines through points {@code x0, y0, x1, y1, …}. */
  static Shape polyline(double[] points, double r0, double r1) {
    int lines = points.length / 2 - 1;
    Shape[] parts = new Shape[lines];
    for (int i = 0; i < lines; i++) {
      parts[i] =
          line(
              points[2 * i],
              points[2 * i + 1],
              points[2 * i + 2],
              points[2 * i + 3],
              Noise.mix(r0, r1, (double) i / lines),
              Noise.mix(r0, r1, (i + 1.0) / lines));
    }
    return union(parts);
  }

  /** A polygon with corners {@code x0, y0, x1, y1, …}. */
  static Shape polygon(double... corners) {
    double[] box = bounds(corners);
    return new Shape(box[0], box[1], box[2], box[3], (x, y) -> toPolygon(corners, x, y));
  }

  private static double[] bounds(double[] corners) {
    double[] box = {corners[0], corners[1], corners[0], corners[1]};
    for (int i = 2; i < corners.length; i += 2) {
      box[0] = Math.min(box[0], corners[i]);
      box[1] = Math.min(box[1], corners[i + 1]);
      box[2] = Math.max(box[2], corners[i]);
      box[3] = Math.max(box[3], corners[i + 1]);
    }
    return box;
  }

  private static double toPolygon(double[] corners, double x, double y) {
    double nearest = Double.MAX_VALUE;
    boolean inside = false;
    for (int i = 0, j = corners.length - 2; i < corners.length; j = i, i += 2) {
      double ex = corners[j] - corners[i];
      double ey = corners[j + 1] - corners[i + 1];
      double wx = x - corners[i];
      double wy = y - corners[i + 1];
      double t = Noise.clamp01((wx * ex + wy * ey) / Math.max(1e-9, ex * ex + ey * ey));
      double dx = wx - t * ex;
      double dy = wy - t * ey;
      nearest = Math.min(nearest, dx * dx + dy * dy);
      if (corners[i + 1] > y != corners[j + 1] > y && wx < ex * wy / ey) {
        inside = !inside;
      }
    }
    return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
  }

  static Shape union(Shape... parts) {
    double left = Double.MAX_VALUE;
    double top = Double.MAX_VALUE;
    double right = -Double.MAX_VALUE;
    double bottom = -Double.MAX_VALUE;
    for (Shape part : parts) {
      left = Math.min(left, part.left);
      top = Math.min(top, part.top);
      right = Math.max(right, part.right);
      bottom = Math.max(bottom, part.bottom);
    }
    return new Shape(
        left,
        top,
        right,
        bottom,
        (x, y) -> {
          double nearest = Double.MAX_VALUE;
          for (Shape part : parts) {
            nearest = Math.min(nearest, part.distance(x, y));
          }
          return nearest;
        });
  }

  /** The part above a height. */
  Shape above(double limit) {
    return new Shape(
        left, top, right, Math.min(bottom, limit), (x, y) -> Math.max(distance(x, y), y - limit));
  }

  /** An outline that wavers by up to {@code amount} pixels. */
  Shape rough(double amount, double size, Noise noise) {
    return new Shape(
        left - amount,
        top - amount,
        right + amount,
        bottom + amount,
        (x, y) -> field.at(x, y) + amount * (2 * noise.fractal(x / size, y / size) - 1));
  }
}

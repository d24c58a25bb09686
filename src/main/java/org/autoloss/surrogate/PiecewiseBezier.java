package org.autoloss.surrogate;

import java.util.Arrays;

/**
 * A piecewise quadratic Bezier curve from (0,0) to (1,1), in double precision: the shape of a soft
 * AND or OR (Li et al., ICLR 2021, section 3.3).
 *
 * <p>A piece with control points {@code (x0,y0), (x1,y1), (x2,y2)} is, for x in {@code [x0,x2]} and
 * with {@code a = x1-x0}, {@code r = sqrt(a^2 + (x0-2 x1+x2) (x-x0))}:
 *
 * <pre>
 * t     = (x-x0) / (a + r)
 * y     = y0 + 2(y1-y0) t + (y0-2 y1+y2) t^2
 * dy/dx = ((y1-y0) + (y0-2 y1+y2) t) / r
 * </pre>
 *
 * <p>A piece of no width is a jump; there the curve is continuous from the right, so that it ends
 * in (1,1). Where its tangent is vertical ({@code r = 0}) the slope is cut off as if {@code r^2}
 * were {@value #MIN_DISCRIMINANT} times the square of the piece's width.
 */
public final class PiecewiseBezier {
  /** The most pieces that a curve may have. */
  public static final int MAX_PIECES = 8;

  /** The smallest {@code r^2} of a piece of width 1; the native kernels use the same. */
  static final double MIN_DISCRIMINANT = 1e-9;

  /** The smallest of any piece. */
  private static final double MIN_SQUARE = 1e-18;

  private final double[] points; // with both ends: x and y interleaved

  private PiecewiseBezier(double[] points) {
    this.points = points;
  }

  /**
   * A curve from its inner control points.
   *
   * @param controlPoints 1, 3, 5, ... or 15 points, x and y interleaved, all in [0,1], x ascending,
   *     without the ends (0,0) and (1,1); copied
   * @return the curve
   * @throws IllegalArgumentException if the number of points or a value is not as said
   */
  public static PiecewiseBezier of(double... controlPoints) {
    int count = controlPoints.length / 2;
    if (controlPoints.length % 2 != 0 || count % 2 == 0 || count > 2 * MAX_PIECES - 1) {
      throw new IllegalArgumentException(
          "controlPoints: expected 1, 3, ... or "
              + (2 * MAX_PIECES - 1)
              + " points of two numbers each for a curve, got "
              + controlPoints.length
              + " numbers");
    }
    double before = 0;
    for (int i = 0; i < controlPoints.length; i++) {
      double value = controlPoints[i];
      if (!(value >= 0 && value <= 1)) {
        throw new IllegalArgumentException(
            "controlPoints: expected numbers in [0,1], got " + value);
      }
      if (i % 2 == 0) {
        if (value < before) {
          throw new IllegalArgumentException(
              "controlPoints: expected x in ascending order, got " + value + " after " + before);
        }
        before = value;
      }
    }
    double[] points = new double[controlPoints.length + 4];
    System.arraycopy(controlPoints, 0, points, 2, controlPoints.length);
    points[points.length - 2] = 1;
    points[points.length - 1] = 1;
    return new PiecewiseBezier(points);
  }

  /**
   * The straight line from (0,0) to (1,1), where the search starts.
   *
   * @param pieces 1 to {@value #MAX_PIECES}
   * @return the curve, with evenly spaced control points
   */
  public static PiecewiseBezier identity(int pieces) {
    int count = 2 * pieces - 1;
    double[] points = new double[2 * count];
    for (int i = 0; i < points.length; i++) {
      points[i] = (i / 2 + 1.0) / (count + 1);
    }
    return of(points);
  }

  /**
   * The parabola {@code linear x + (1 - linear) x^2}, without an error.
   *
   * @param linear the slope at 0, from 0 to 2
   * @param pieces 1 to {@value #MAX_PIECES}
   * @return the curve, with evenly spaced control points
   * @throws IllegalArgumentException if the slope is out of range: the curve would leave [0,1]
   */
  public static PiecewiseBezier parabola(double linear, int pieces) {
    if (!(linear >= 0 && linear <= 2)) {
      throw new IllegalArgumentException("slope: expected a number from 0 to 2, got " + linear);
    }
    double square = 1 - linear;
    double step = 0.5 / pieces;
    double[] points = new double[2 * (2 * pieces - 1)];
    for (int i = 0; i < points.length / 2; i++) {
      double x = (i + 1) * step;
      double knot = i % 2 == 0 ? x - step : x; // a point between two knots lies on the tangent
      double height = knot * (linear + square * knot);
      points[2 * i] = x;
      points[2 * i + 1] =
          Math.min(1, i % 2 == 0 ? height + step * (linear + 2 * square * knot) : height);
    }
    return of(points);
  }

  /**
   * How many pieces there are.
   *
   * @return 1 to {@value #MAX_PIECES}
   */
  public int pieces() {
    return (points.length / 2 - 1) / 2;
  }

  /**
   * The inner control points.
   *
   * @return a copy, x and y interleaved, without the ends
   */
  public double[] controlPoints() {
    return Arrays.copyOfRange(points, 2, points.length - 2);
  }

  /**
   * The curve's height.
   *
   * @param x in [0,1]
   * @return y in [0,1]
   */
  public double value(double x) {
    return new Piece(x).value();
  }

  /**
   * The curve's slope.
   *
   * @param x in [0,1]
   * @return dy/dx; 0 on a jump
   */
  public double slope(double x) {
    return new Piece(x).slope();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PiecewiseBezier curve && Arrays.equals(points, curve.points);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(points);
  }

  @Override
  public String toString() {
    return "PiecewiseBezier" + Arrays.toString(controlPoints());
  }

  /** The piece that x falls in, evaluated there. */
  private final class Piece {
    private final double y0;
    private final double rise;
    private final double curvature;
    private final double r;
    private final double t;

    Piece(double x) {
      int k = 4 * (pieces() - 1);
      while (k > 0 && !(x >= points[k])) {
        k -= 4;
      }
      boolean jump = points[k] == points[k + 4];
      // the last piece from its end, t from -1 to 0: near 1 it is exact, as the first is near 0
      int origin = jump || k > 0 && k == 4 * (pieces() - 1) ? k + 4 : k;
      double direction = origin == k ? 1 : -1;
      double a = direction * (points[k + 2] - points[origin]);
      double bend = points[k] - 2 * points[k + 2] + points[k + 4];
      double distance = x - points[origin];
      y0 = points[origin + 1];
      rise = jump ? 0 : direction * (points[k + 3] - points[origin + 1]);
      curvature = jump ? 0 : points[k + 1] - 2 * points[k + 3] + points[k + 5];
      double width = points[k + 4] - points[k];
      double least = Math.max(MIN_DISCRIMINANT * width * width, MIN_SQUARE);
      r = Math.sqrt(Math.max(a * a + bend * distance, least));
      t = distance / (a + r);
    }

    double value() {
      return y0 + t * (2 * rise + t * curvature);
    }

    double slope() {
      return (rise + t * curvature) / r;
    }
  }
}

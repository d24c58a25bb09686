package org.autoloss.surrogate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * The parameters of an Auto Seg-Loss surrogate: a metric, the curves of its soft logic, and the
 * policy for classes and boundaries.
 *
 * <p>Curves by metric, in order: mIoU, FWIoU, BIoU: AND, OR. mAcc, gAcc: AND. BF1: the two AND,
 * then the two OR of its soft edge.
 *
 * @param metric the metric
 * @param curves as many as the metric has, all of the same number of pieces
 * @param policy absent classes, tolerance, background
 */
public record SurrogateParameters(
    SegmentationMetric metric, List<PiecewiseBezier> curves, ClassPolicy policy) {
  /**
   * Checks the number of curves and pieces.
   *
   * @throws IllegalArgumentException if a curve is missing, or the curves differ in their pieces
   */
  public SurrogateParameters {
    curves = List.copyOf(curves);
    if (curves.size() != curveCount(metric)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "curves: expected %d for %s, got %d",
              curveCount(metric),
              metric,
              curves.size()));
    }
    if (curves.stream().mapToInt(PiecewiseBezier::pieces).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "curves: expected the same number of pieces in each, got different ones");
    }
  }

  /**
   * How many curves a metric's surrogate has.
   *
   * @param metric the metric
   * @return 1, 2 or 4
   * @throws IllegalArgumentException if the metric has no surrogate
   */
  public static int curveCount(SegmentationMetric metric) {
    return switch (metric.requireSearchable()) {
      case MIOU, FWIOU, BIOU -> 2;
      case MACC, GACC -> 1;
      case BF1 -> 4;
      case CHENG_BIOU, CSURKA_BF -> throw new AssertionError("a metric without surrogate");
    };
  }

  /**
   * How many pieces a curve has in the paper's searches.
   *
   * @param metric the metric
   * @return 1 for BF1, 2 for the others
   */
  public static int defaultPieces(SegmentationMetric metric) {
    return metric == SegmentationMetric.BF1 ? 1 : 2;
  }

  /**
   * Parameters from control points.
   *
   * @param metric the metric
   * @param controlPoints curve after curve, x and y interleaved, all in [0,1], x ascending within a
   *     curve, without the ends (0,0) and (1,1)
   * @param policy absent classes, tolerance, background
   * @return the parameters
   * @throws IllegalArgumentException if the points do not make as many curves as the metric has
   */
  public static SurrogateParameters of(
      SegmentationMetric metric, double[] controlPoints, ClassPolicy policy) {
    int count = curveCount(metric);
    int each = controlPoints.length / count;
    if (controlPoints.length == 0 || controlPoints.length % (2 * count) != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "controlPoints: expected %d equally long curve(s) of x,y pairs for %s, got %d numbers",
              count,
              metric,
              controlPoints.length));
    }
    List<PiecewiseBezier> curves = new ArrayList<>();
    for (int curve = 0; curve < count; curve++) {
      curves.add(
          PiecewiseBezier.of(Arrays.copyOfRange(controlPoints, curve * each, (curve + 1) * each)));
    }
    return new SurrogateParameters(metric, curves, policy);
  }

  /**
   * Parameters from the free variables of the search. Per curve and coordinate, {@code c_0 =
   * theta_0} and {@code c_i = c_(i-1) + theta_i (1 - c_(i-1))}: every {@code theta} in [0,1] gives
   * a monotone curve from (0,0) to (1,1), which is how the truth-table and monotonicity constraints
   * of the paper (section 3.3) are built in.
   *
   * @param metric the metric
   * @param theta laid out as the control points, each in [0,1]
   * @param policy absent classes, tolerance, background
   * @return the parameters
   * @throws IllegalArgumentException if a value is outside [0,1] or the length does not fit
   */
  public static SurrogateParameters fromTheta(
      SegmentationMetric metric, double[] theta, ClassPolicy policy) {
    double[] points = theta.clone();
    int each = theta.length / curveCount(metric);
    for (int i = 0; i < points.length; i++) {
      if (!(theta[i] >= 0 && theta[i] <= 1)) {
        throw new IllegalArgumentException("theta: expected numbers in [0,1], got " + theta[i]);
      }
      if (i % each >= 2) {
        double before = points[i - 2];
        points[i] = Math.min(1, before + theta[i] * (1 - before));
      }
    }
    return of(metric, points, policy);
  }

  /**
   * The free variables that give {@code g(x) = x} on every curve, where the search starts.
   *
   * @param metric the metric
   * @param pieces pieces of each curve
   * @return theta for {@link #fromTheta}
   */
  public static double[] identityTheta(SegmentationMetric metric, int pieces) {
    int count = 2 * pieces - 1;
    double[] theta = new double[2 * count * curveCount(metric)];
    for (int i = 0; i < theta.length; i++) {
      int point = i / 2 % count;
      theta[i] = 1.0 / (count + 1 - point);
    }
    return theta;
  }

  /**
   * Curves that are all {@code g(x) = x}: the metric's plain relaxation.
   *
   * @param metric the metric
   * @param pieces pieces of each curve
   * @return parameters with the policy of Auto Seg-Loss
   */
  public static SurrogateParameters identity(SegmentationMetric metric, int pieces) {
    PiecewiseBezier line = PiecewiseBezier.identity(pieces);
    List<PiecewiseBezier> curves = java.util.Collections.nCopies(curveCount(metric), line);
    return new SurrogateParameters(metric, curves, ClassPolicy.ASL);
  }

  /**
   * Curves whose surrogate has the gradient of Dice, so that a search may begin there. The overlap
   * of V-Net's Dice is {@code D = 2 sum py / (sum p^2 + sum y)}. With {@code fA(p) = (2p - D p^2) /
   * (2 - D)} and {@code fO(p) = p^2} the surrogate of IoU is {@code S = D / (2 - D)}, and its
   * gradient that of D but for a factor of the class, wherever the class has this overlap.
   *
   * @param metric the metric; one without a soft OR, or of edges, has the curves {@code g(x) = x}
   * @param pieces pieces of each curve
   * @param overlap D, in [0,1]
   * @return parameters with the policy of Auto Seg-Loss
   */
  public static SurrogateParameters dice(SegmentationMetric metric, int pieces, double overlap) {
    if (curveCount(metric) != 2) {
      return identity(metric, pieces);
    }
    PiecewiseBezier and = PiecewiseBezier.parabola(2 / (2 - overlap), pieces);
    PiecewiseBezier or = PiecewiseBezier.parabola(0, pieces);
    return new SurrogateParameters(metric, List.of(and, or), ClassPolicy.ASL);
  }

  /**
   * The free variables of the search that give these curves.
   *
   * @return theta for {@link #fromTheta}
   */
  public double[] theta() {
    double[] points = controlPoints();
    double[] theta = points.clone();
    int each = points.length / curves.size();
    for (int i = 0; i < points.length; i++) {
      if (i % each >= 2) {
        double before = points[i - 2];
        double share = before < 1 ? (points[i] - before) / (1 - before) : 0;
        theta[i] = Math.min(1, Math.max(0, share));
      }
    }
    return theta;
  }

  /**
   * The parameters that the authors published for PASCAL VOC.
   *
   * @param metric the metric
   * @return the parameters
   */
  public static SurrogateParameters published(SegmentationMetric metric) {
    return PublishedParameters.of(metric);
  }

  /**
   * All control points, as artefacts hold them.
   *
   * @return curve after curve, x and y interleaved
   */
  public double[] controlPoints() {
    return curves.stream().flatMapToDouble(curve -> Arrays.stream(curve.controlPoints())).toArray();
  }
}

package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;

class PiecewiseBezierTest {
  private static PiecewiseBezier random(RandomGenerator random, int pieces) {
    double[] theta = new double[2 * (2 * pieces - 1)];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = random.nextDouble();
    }
    return SurrogateParameters.fromTheta(SegmentationMetric.GACC, theta, ClassPolicy.ASL)
        .curves()
        .get(0);
  }

  @Test
  void value_randomCurves_isOnTheCurveThatItsParameterDraws() {
    RandomGenerator random = RandomStreams.stream(1);
    for (int trial = 0; trial < 2000; trial++) {
      int pieces = 1 + trial % 3;
      PiecewiseBezier curve = random(random, pieces);
      double[] points = new double[4 * pieces + 2];
      System.arraycopy(curve.controlPoints(), 0, points, 2, 4 * pieces - 2);
      points[4 * pieces] = points[4 * pieces + 1] = 1;
      int k = 4 * random.nextInt(pieces);
      double t = random.nextDouble();
      double x = bezier(points, k, t);
      assertThat(curve.value(x)).isCloseTo(bezier(points, k + 1, t), within(1e-6));
    }
  }

  private static double bezier(double[] p, int k, double t) {
    return (1 - t) * (1 - t) * p[k] + 2 * t * (1 - t) * p[k + 2] + t * t * p[k + 4];
  }

  @Test
  void value_randomCurves_keepsTruthTableAndIsMonotone() {
    RandomGenerator random = RandomStreams.stream(2);
    for (int trial = 0; trial < 300; trial++) {
      PiecewiseBezier curve = random(random, 1 + trial % 3);
      assertThat(curve.value(0)).isCloseTo(0, within(1e-12));
      assertThat(curve.value(1)).isCloseTo(1, within(1e-12));
      double before = 0;
      for (int i = 1; i <= 200; i++) {
        double y = curve.value(i / 200.0);
        assertThat(y).isGreaterThanOrEqualTo(before - 1e-12);
        before = y;
      }
    }
  }

  @Test
  void value_pieceOfNoWidth_jumps() {
    PiecewiseBezier middle = PiecewiseBezier.of(0.5, 0.1, 0.5, 0.2, 0.5, 0.8);
    assertThat(middle.value(0.5 - 1e-9)).isLessThan(0.21);
    assertThat(middle.value(0.5)).isBetween(0.2, 0.81);
    PiecewiseBezier end = PiecewiseBezier.of(0.5, 0.25, 1, 0.5, 1, 0.75);
    assertThat(end.value(1 - 1e-9)).isCloseTo(0.5, within(1e-6));
    assertThat(end.value(1)).isEqualTo(1);
  }

  @Test
  void slope_nearHalf_keepsItsDigits() {
    // a = 1/2 up to a few rounding steps: where the textbook formula divides 0 by 0
    for (double shift : new double[] {0, 1e-16, 1e-9, 1e-6}) {
      PiecewiseBezier curve = PiecewiseBezier.of(0.5 + shift, 0.5);
      assertThat(curve.value(0.37)).isCloseTo(0.37, within(1e-5));
      assertThat(curve.slope(0.37)).isCloseTo(1, within(1e-5));
    }
  }
}

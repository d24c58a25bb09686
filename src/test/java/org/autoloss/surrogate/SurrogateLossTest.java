package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Loss;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The region surrogates: kernels against the reference, the reference against differences. */
class SurrogateLossTest {
  @AfterEach
  void restoreDefaults() {
    ops.set_cpu_isa("auto");
    ops.set_num_threads(0);
  }

  static Stream<Arguments> awkwardShapes() {
    List<Arguments> cases = new ArrayList<>();
    long[][] shapes = {
      {1, 2, 1, 1},
      {1, 2, 1, 7},
      {2, 3, 33, 1},
      {3, 5, 7, 33},
      {1, 21, 129, 33},
      {2, 65, 17, 33},
      {1, 1024, 3, 7},
      {2, 4, 0, 5}
    };
    for (long[] s : shapes) {
      for (SegmentationMetric metric :
          List.of(
              SegmentationMetric.MIOU,
              SegmentationMetric.FWIOU,
              SegmentationMetric.MACC,
              SegmentationMetric.GACC)) {
        cases.add(Arguments.of(new Shape(s[0], s[1], s[2], s[3]), metric));
      }
    }
    return cases.stream();
  }

  static SurrogateParameters random(SegmentationMetric metric, int pieces, long seed) {
    RandomGenerator random = RandomStreams.stream(seed, metric.ordinal(), pieces);
    double[] theta = new double[SurrogateParameters.identityTheta(metric, pieces).length];
    Arrays.setAll(theta, i -> random.nextDouble());
    return SurrogateParameters.fromTheta(metric, theta, ClassPolicy.ASL);
  }

  @ParameterizedTest
  @MethodSource("awkwardShapes")
  void evaluate_awkwardShapes_agreesWithReferenceOnEveryInstructionSet(
      Shape shape, SegmentationMetric metric) {
    float[] logits = Batches.logits(shape, 3, 7);
    int[] labels = Batches.labels(shape, 7);
    for (int pieces : new int[] {1, 2, 3, 5}) {
      SurrogateParameters parameters = random(metric, pieces, 3);
      double[] exact = new double[logits.length];
      double expected =
          SurrogateReference.evaluate(parameters, Batches.doubles(logits), labels, shape, exact);
      for (String isa : InstructionSets.supported()) {
        ops.set_cpu_isa(isa);
        float[] gradient = new float[logits.length];
        double loss;
        try (SurrogateLoss surrogate = SurrogateLoss.of(parameters)) {
          loss = surrogate.evaluate(logits, labels, shape, gradient);
        }
        assertThat(loss).as("%s, %d pieces", isa, pieces).isCloseTo(expected, within(1e-5));
        assertThat(Batches.relativeError(gradient, exact))
            .as("gradient, %s, %d pieces", isa, pieces)
            .isLessThanOrEqualTo(1e-4);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CHENG_BIOU", "CSURKA_BF"})
  void reference_centralDifferences_agree(SegmentationMetric metric) {
    Shape shape = new Shape(2, 4, 5, 3);
    double[] logits = Batches.doubles(Batches.logits(shape, 2, 5));
    int[] labels = Batches.labels(shape, 5);
    for (int pieces : new int[] {1, 2, 3}) {
      SurrogateParameters parameters = random(metric, pieces, 9);
      double[] gradient = new double[logits.length];
      SurrogateReference.evaluate(parameters, logits, labels, shape, gradient);
      double step = 1e-5; // the curves have kinks in their second derivative: error of order step
      for (int i = 0; i < logits.length; i++) {
        double[] moved = logits.clone();
        moved[i] = logits[i] + step;
        double up = SurrogateReference.evaluate(parameters, moved, labels, shape, null);
        moved[i] = logits[i] - step;
        double down = SurrogateReference.evaluate(parameters, moved, labels, shape, null);
        assertThat((up - down) / (2 * step)).isCloseTo(gradient[i], within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CHENG_BIOU", "CSURKA_BF"})
  void evaluate_anyNumberOfThreads_isTheSameToTheLastBit(SegmentationMetric metric) {
    Shape shape = new Shape(3, 21, 65, 47);
    float[] logits = Batches.logits(shape, 3, 11);
    int[] labels = Batches.labels(shape, 11);
    float[] first = new float[logits.length];
    try (SurrogateLoss surrogate = SurrogateLoss.of(metric)) {
      ops.set_num_threads(1);
      double loss = surrogate.evaluate(logits, labels, shape, first);
      for (int threads : new int[] {2, 3, 7}) {
        ops.set_num_threads(threads);
        float[] gradient = new float[logits.length];
        assertThat(surrogate.evaluate(logits, labels, shape, gradient)).isEqualTo(loss);
        assertThat(gradient).isEqualTo(first);
      }
    }
  }

  @Test
  void evaluate_allIgnored_hasNoGradientAndFollowsThePolicy() {
    Shape shape = new Shape(1, 3, 4, 5);
    float[] logits = Batches.logits(shape, 1, 1);
    logits[7] = Float.NaN; // an ignored pixel has no value, whatever its logits are
    int[] labels = new int[20];
    Arrays.fill(labels, 255);
    float[] gradient = new float[logits.length];
    Arrays.fill(gradient, 9);
    SurrogateParameters counting = SurrogateParameters.published(SegmentationMetric.MIOU);
    SurrogateParameters skipping =
        new SurrogateParameters(
            SegmentationMetric.MIOU,
            counting.curves(),
            counting.policy().withAbsentInLoss(AbsentClasses.SKIP));
    try (SurrogateLoss count = SurrogateLoss.of(counting);
        SurrogateLoss skip = SurrogateLoss.of(skipping)) {
      assertThat(count.evaluate(logits, labels, shape, gradient)).isEqualTo(1);
      assertThat(gradient).containsOnly(0);
      assertThat(skip.evaluate(logits, labels, shape, gradient)).isZero();
      assertThat(gradient).containsOnly(0);
    }
  }

  @Test
  void evaluate_absentClassSkipped_isTheMeanOverThePresentOnes() {
    Shape shape = new Shape(1, 4, 6, 6);
    float[] logits = Batches.logits(shape, 1, 2);
    int[] labels = new int[36];
    Arrays.setAll(labels, i -> i % 2); // classes 2 and 3 are absent
    for (SegmentationMetric metric : List.of(SegmentationMetric.MIOU, SegmentationMetric.MACC)) {
      SurrogateParameters counting = SurrogateParameters.published(metric);
      SurrogateParameters skipping =
          new SurrogateParameters(
              metric, counting.curves(), counting.policy().withAbsentInLoss(AbsentClasses.SKIP));
      try (SurrogateLoss count = SurrogateLoss.of(counting);
          SurrogateLoss skip = SurrogateLoss.of(skipping)) {
        double all = 1 - count.evaluate(logits, labels, shape, null);
        double present = 1 - skip.evaluate(logits, labels, shape, null);
        assertThat(present).isCloseTo(2 * all, within(1e-6));
      }
    }
  }

  @Test
  void evaluate_hugeLogits_staysFinite() {
    Shape shape = new Shape(1, 3, 5, 7);
    float[] logits = Batches.logits(shape, 1e4, 4);
    float[] gradient = new float[logits.length];
    try (SurrogateLoss surrogate = SurrogateLoss.of(SegmentationMetric.MIOU)) {
      double loss = surrogate.evaluate(logits, Batches.labels(shape, 4), shape, gradient);
      assertThat(loss).isBetween(0.0, 1.0);
      for (float value : gradient) {
        assertThat(value).isFinite();
      }
    }
  }

  @Test
  void evaluate_nanInAPixelThatCounts_isNaN() {
    Shape shape = new Shape(1, 3, 5, 7);
    float[] logits = Batches.logits(shape, 1, 4);
    logits[0] = Float.NaN;
    int[] labels = new int[35];
    try (SurrogateLoss surrogate = SurrogateLoss.of(SegmentationMetric.MIOU)) {
      assertThat(surrogate.evaluate(logits, labels, shape, null)).isNaN();
    }
  }

  @Test
  void toJson_parsed_isTheSameLossToTheLastBit() {
    SurrogateParameters parameters = random(SegmentationMetric.FWIOU, 3, 77);
    try (SurrogateLoss surrogate = SurrogateLoss.of(parameters);
        Loss again = Loss.parse(surrogate.toJson())) {
      assertThat(((SurrogateLoss) again).parameters()).isEqualTo(parameters);
      assertThat(again.toJson()).isEqualTo(surrogate.toJson());
    }
  }

  @Test
  void identityTheta_everyMetric_givesTheStraightLine() {
    for (SegmentationMetric metric : SegmentationMetric.allSearchable()) {
      for (int pieces = 1; pieces <= PiecewiseBezier.MAX_PIECES; pieces++) {
        SurrogateParameters parameters =
            SurrogateParameters.fromTheta(
                metric, SurrogateParameters.identityTheta(metric, pieces), ClassPolicy.ASL);
        for (PiecewiseBezier curve : parameters.curves()) {
          assertThat(curve.value(0.3)).isCloseTo(0.3, within(1e-12));
          assertThat(curve.slope(0.3)).isCloseTo(1, within(1e-9));
        }
      }
    }
  }

  @Test
  void of_badControlPoints_saysWhichAndWhy() {
    assertThatThrownBy(
            () -> SurrogateParameters.of(SegmentationMetric.MIOU, new double[3], ClassPolicy.ASL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("controlPoints: expected 2 equally long curve(s)");
    assertThatThrownBy(() -> PiecewiseBezier.of(0.2, Double.NaN))
        .hasMessage("controlPoints: expected numbers in [0,1], got NaN");
    assertThatThrownBy(() -> PiecewiseBezier.of(0.5, 0.5, 0.4, 0.6, 0.9, 0.9))
        .hasMessage("controlPoints: expected x in ascending order, got 0.4 after 0.5");
  }

  @Test
  void of_metricThatIsOnlyMeasured_isRefused() {
    for (SegmentationMetric metric :
        List.of(SegmentationMetric.CHENG_BIOU, SegmentationMetric.CSURKA_BF)) {
      assertThatThrownBy(() -> Loss.parse("asl:" + metric))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "metric: expected one of mIoU, FWIoU, mAcc, gAcc, BIoU, BF1, which can be searched"
                  + " for, got "
                  + metric
                  + ", which is only measured");
    }
  }
}

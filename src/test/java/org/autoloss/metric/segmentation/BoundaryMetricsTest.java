package org.autoloss.metric.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.global.ops;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Shape;
import org.autoloss.metric.Evaluation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The four boundary metrics: native counts against naive loops, and cases worked by hand. */
class BoundaryMetricsTest {
  private static final ClassPolicy EXACT = ClassPolicy.STRICT.withTolerance(0);

  @AfterEach
  void restoreDefaults() {
    ops.set_num_threads(0);
  }

  static Stream<Shape> awkwardShapes() {
    return Stream.of(
        new Shape(1, 2, 1, 1),
        new Shape(2, 2, 1, 7),
        new Shape(2, 3, 33, 1),
        new Shape(3, 5, 17, 20),
        new Shape(1, 65, 21, 9),
        new Shape(2, 130, 7, 11),
        new Shape(2, 4, 0, 5),
        new Shape(0, 4, 3, 5));
  }

  /** Blocks of three columns and rows, with single pixels in between, some of no class. */
  private static int[] map(Shape shape, long seed, boolean noClass) {
    int[] pixels = Batches.labels(shape, seed);
    RandomGenerator random = RandomStreams.stream(seed, 9);
    int width = (int) shape.w();
    int height = (int) shape.h();
    for (int i = 0; i < pixels.length; i++) {
      int row = i / width % height / 3 * 3;
      int start = i / (width * height) * width * height + row * width + i % width / 3 * 3;
      pixels[i] = random.nextInt(10) == 0 ? pixels[i] : pixels[start];
      boolean valid = pixels[i] >= 0 && pixels[i] < shape.c();
      pixels[i] = valid || noClass ? pixels[i] : 0;
    }
    return pixels;
  }

  private static Evaluation measure(
      int[] predictions, int[] labels, Shape shape, ClassPolicy policy, BoundaryDistances far) {
    SegmentationMetrics metrics = new SegmentationMetrics((int) shape.c(), policy, far);
    metrics.addPredictions(predictions, labels, shape.n(), shape.h(), shape.w());
    return metrics.result();
  }

  @ParameterizedTest
  @MethodSource("awkwardShapes")
  void result_awkwardShapes_isThatOfNaiveLoops(Shape shape) {
    int[] labels = map(shape, 1, true);
    for (boolean noClass : new boolean[] {false, true}) {
      int[] predictions = map(shape, 2, noClass);
      for (int i = 0; i < predictions.length; i += 2) {
        predictions[i] = labels[i]; // else nothing would match
      }
      BoundaryMetricReference naive = new BoundaryMetricReference(predictions, labels, shape);
      for (BoundaryDistances far :
          List.of(BoundaryDistances.STANDARD, new BoundaryDistances(0.15, 0.1))) {
        for (IgnoredEdges ignored : IgnoredEdges.values()) {
          ClassPolicy policy =
              ClassPolicy.ASL
                  .withTolerance(far.region() > 0.1 ? 2 : 0)
                  .withDropBackground(noClass)
                  .withIgnoredEdges(ignored);
          assertLikeNaive(naive, measure(predictions, labels, shape, policy, far), policy, far);
        }
      }
    }
  }

  private static void assertLikeNaive(
      BoundaryMetricReference naive, Evaluation got, ClassPolicy policy, BoundaryDistances far) {
    Shape shape = naive.shape();
    int first = policy.dropBackground() ? 1 : 0;
    int classes = (int) shape.c();
    assertThat(got.byClass(SegmentationMetric.BIOU)).isEqualTo(naive.biou(policy));
    assertThat(got.byClass(SegmentationMetric.BF1)).isEqualTo(naive.bf1(policy));
    double[] cheng = naive.chengBIoU(far.regionPixels(shape.h(), shape.w()));
    assertThat(got.byClass(SegmentationMetric.CHENG_BIOU))
        .isEqualTo(Arrays.copyOfRange(cheng, first, classes));
    assertNear(
        got.value(SegmentationMetric.CHENG_BIOU), mean(Arrays.copyOfRange(cheng, first, classes)));

    double[][] f = naive.csurkaBF(far.matchPixels(shape.h(), shape.w()));
    double[] images = new double[f.length];
    for (int n = 0; n < f.length; n++) {
      images[n] = mean(Arrays.copyOfRange(f[n], first, classes));
    }
    assertNear(got.value(SegmentationMetric.CSURKA_BF), mean(images));
    for (int c = first; c < classes; c++) {
      int own = c;
      double[] column = Arrays.stream(f).mapToDouble(row -> row[own]).toArray();
      assertNear(got.byClass(SegmentationMetric.CSURKA_BF)[c - first], mean(column));
    }
  }

  /** The order of a sum is all that may differ. */
  private static void assertNear(double got, double expected) {
    if (Double.isNaN(expected)) {
      assertThat(got).isNaN();
    } else {
      assertThat(got).isCloseTo(expected, within(1e-14));
    }
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
  }

  @Test
  void chengBIoU_shiftedSquare_isWorkedByHand() {
    // 12 x 12, d = 1: the region of a mask is its rim. Labelled: columns and rows 2 to 5, rim of
    // 12.
    // Predicted: the same one column to the right, rim of 12. In both: rows 2 and 5 share columns 3
    // to 5, 6 pixels; the labelled column 5 and the predicted column 3 are no rim of the other.
    Shape shape = new Shape(1, 2, 12, 12);
    int[] labels = square(2, 2);
    int[] predictions = square(2, 3);
    Evaluation result =
        measure(predictions, labels, shape, EXACT, new BoundaryDistances(0.02, 0.0075));
    assertThat(result.byClass(SegmentationMetric.CHENG_BIOU)[1]).isEqualTo(6.0 / 18);
    // class 0: the frame (44) and the ring around each square (20): shared is the frame and, of the
    // rings, rows 1 and 6 at columns 2 to 6 (10). Column 2 of rows 2 to 5 is labelled 1, column 6
    // is
    // predicted 1, so no more.
    assertThat(result.byClass(SegmentationMetric.CHENG_BIOU)[0])
        .isEqualTo((44 + 10) / (44.0 + 10 + 10 + 10));
    double all = (6.0 / 18 + 54.0 / 74) / 2;
    assertThat(result.value(SegmentationMetric.CHENG_BIOU)).isEqualTo(all);
    assertThat(
            measure(
                    predictions,
                    labels,
                    shape,
                    EXACT.withDropBackground(true),
                    BoundaryDistances.STANDARD)
                .value(SegmentationMetric.CHENG_BIOU))
        .isEqualTo(6.0 / 18);
  }

  private static int[] square(int row, int column) {
    int[] map = new int[144];
    for (int i = 0; i < 144; i++) {
      int y = i / 12 - row;
      int x = i % 12 - column;
      map[i] = y >= 0 && y < 4 && x >= 0 && x < 4 ? 1 : 0;
    }
    return map;
  }

  @Test
  void csurkaBF_shiftedStep_needsTheDistanceAndTakesTheMeanOverImages() {
    // Two images of one row. In the first the step is where it should be; in the second it is one
    // pixel late, so that boundaries are 1 pixel apart.
    int[] labels = {0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1};
    int[] predictions = {0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1};
    Shape shape = new Shape(2, 3, 1, 6); // diagonal 6.08
    double exact =
        measure(predictions, labels, shape, EXACT, new BoundaryDistances(0.02, 0.16))
            .value(SegmentationMetric.CSURKA_BF);
    assertThat(exact).isEqualTo(0.5); // theta 0.97: of the second image nothing matches
    Evaluation near = measure(predictions, labels, shape, EXACT, new BoundaryDistances(0.02, 0.17));
    assertThat(near.value(SegmentationMetric.CSURKA_BF)).isEqualTo(1); // theta 1.03
    assertThat(near.byClass(SegmentationMetric.CSURKA_BF)).containsExactly(1, 1, Double.NaN);
  }

  @Test
  void csurkaBF_imagesOfDifferentLength_countTheSame() {
    // image 1: a boundary of 1 pixel on each side, right; image 2: of 2 pixels, missed
    SegmentationMetrics metrics = new SegmentationMetrics(2, EXACT);
    metrics.addPredictions(new int[] {0, 1}, new int[] {0, 1}, 1, 1, 2);
    metrics.addPredictions(new int[4], new int[] {0, 0, 1, 1}, 1, 2, 2);
    metrics.addPredictions(new int[] {1, 0, 0}, new int[] {0, 0, 0}, 1, 1, 3); // no boundary
    Evaluation result = metrics.result();
    assertThat(result.value(SegmentationMetric.CSURKA_BF)).isEqualTo(0.5);
    // over the data set, either class has 2 predicted edges, of which 1 is right (the last image's
    // are wrong), and 3 labelled ones, of which 1 is found: P = 1/2, R = 1/3
    assertThat(result.byClass(SegmentationMetric.BF1)).containsExactly(0.4, 0.4);
  }

  @Test
  void result_predictionsAtIgnoredPixels_haveNoSay() {
    Shape shape = new Shape(2, 4, 19, 23);
    int[] labels = map(shape, 3, true);
    int[] predictions = map(shape, 4, false);
    int[] moved = predictions.clone();
    int changed = 0;
    for (int i = 0; i < moved.length; i++) {
      if (labels[i] < 0 || labels[i] >= 4) {
        moved[i] = (moved[i] + 1 + changed++) % 5;
      }
    }
    assertThat(changed).isGreaterThan(50);
    BoundaryDistances far = new BoundaryDistances(0.1, 0.1);
    assertThat(measure(moved, labels, shape, ClassPolicy.STRICT, far).values())
        .isEqualTo(measure(predictions, labels, shape, ClassPolicy.STRICT, far).values());
    Evaluation counting = measure(predictions, labels, shape, ClassPolicy.ASL, far);
    Evaluation movedCounting = measure(moved, labels, shape, ClassPolicy.ASL, far);
    for (SegmentationMetric metric : SegmentationMetric.values()) {
      boolean same = counting.value(metric) == movedCounting.value(metric);
      assertThat(same).as(metric.label()).isEqualTo(metric != SegmentationMetric.BF1);
    }
  }

  @Test
  void result_rightWhereverLabelled_isOneUnlessIgnoredEdgesCount() {
    Shape shape = new Shape(2, 3, 15, 18);
    int[] labels = map(shape, 5, true);
    int[] predictions = labels.clone();
    for (int i = 0; i < labels.length; i++) {
      predictions[i] = labels[i] >= 0 && labels[i] < 3 ? labels[i] : 0;
    }
    Evaluation strict = measure(predictions, labels, shape, EXACT, BoundaryDistances.STANDARD);
    strict.values().forEach((metric, value) -> assertThat(value).as(metric.label()).isEqualTo(1));
    ClassPolicy asl = ClassPolicy.ASL.withTolerance(0);
    assertThat(
            measure(predictions, labels, shape, asl, BoundaryDistances.STANDARD)
                .value(SegmentationMetric.BF1))
        .isLessThan(0.99);
  }

  @Test
  void result_allIgnored_isNaN() {
    int[] labels = new int[20];
    Arrays.fill(labels, 255);
    Evaluation result =
        measure(
            new int[20],
            labels,
            new Shape(1, 2, 4, 5),
            ClassPolicy.STRICT,
            BoundaryDistances.STANDARD);
    for (SegmentationMetric metric : SegmentationMetric.values()) {
      assertThat(result.value(metric)).isNaN();
    }
  }

  @Test
  void result_anyNumberOfThreads_isTheSame() {
    Shape shape = new Shape(5, 21, 67, 71);
    int[] labels = map(shape, 6, true);
    int[] predictions = map(shape, 7, false);
    ops.set_num_threads(1);
    Evaluation first =
        measure(predictions, labels, shape, ClassPolicy.ASL, BoundaryDistances.STANDARD);
    assertThat(first.value(SegmentationMetric.CHENG_BIOU)).isPositive();
    for (int threads : new int[] {2, 3, 7}) {
      ops.set_num_threads(threads);
      Evaluation again =
          measure(predictions, labels, shape, ClassPolicy.ASL, BoundaryDistances.STANDARD);
      assertThat(again.values()).isEqualTo(first.values());
    }
  }

  @Test
  void distances_outOfRange_areRefused() {
    for (double share : new double[] {0, -1, 1.5, Double.NaN}) {
      assertThatThrownBy(() -> new BoundaryDistances(share, 0.0075))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "distance of ChengBIoU: expected a share of the diagonal above 0 and at most 1, got "
                  + share);
      assertThatThrownBy(() -> new BoundaryDistances(0.02, share))
          .hasMessageStartingWith("distance of CsurkaBF: ");
    }
  }

  @Test
  void searchable_names_areDistinctAndParse() {
    assertThat(SegmentationMetric.allSearchable())
        .hasSize(6)
        .doesNotContain(SegmentationMetric.CHENG_BIOU);
    assertThat(SegmentationMetric.of("chengbiou")).isEqualTo(SegmentationMetric.CHENG_BIOU);
    assertThat(SegmentationMetric.of("CsurkaBF")).isEqualTo(SegmentationMetric.CSURKA_BF);
  }
}

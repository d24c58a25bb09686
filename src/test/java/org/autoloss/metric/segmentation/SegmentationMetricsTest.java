package org.autoloss.metric.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.Golden;
import org.autoloss.global.ops;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Shape;
import org.autoloss.metric.Evaluation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SegmentationMetricsTest {
  static Stream<JsonNode> evaluations() {
    return Golden.entries("asl").stream().filter(entry -> entry.path("eval").asBoolean());
  }

  @AfterEach
  void restoreDefaults() {
    ops.set_cpu_isa("auto");
    ops.set_num_threads(0);
  }

  @ParameterizedTest
  @MethodSource("evaluations")
  void result_goldenInputs_meetsEveryMetricAndClass(JsonNode entry) {
    Shape shape = Golden.shape(entry);
    ClassPolicy policy =
        ClassPolicy.ASL
            .withTolerance(entry.path("tolerance").asInt())
            .withDropBackground(entry.path("dropBackground").asBoolean());
    SegmentationMetrics metrics = new SegmentationMetrics((int) shape.c(), policy);
    metrics.add(
        Golden.array("asl", entry, "logits").floats(),
        Golden.array("asl", entry, "labels").ints(),
        shape);

    Evaluation result = metrics.result();

    for (SegmentationMetric metric :
        SegmentationMetric.allSearchable()) { // the reference sums in float32
      double expected = entry.path(metric.label()).asDouble();
      assertThat(result.value(metric)).isCloseTo(expected, within(1e-6));
    }
    assertClasses(result.byClass(SegmentationMetric.MIOU), entry.path("classIoU"));
    assertClasses(result.byClass(SegmentationMetric.MACC), entry.path("classAcc"));
    assertClasses(metrics.classFrequency(), entry.path("classFreq"));
    assertClasses(result.byClass(SegmentationMetric.BIOU), entry.path("classBIoU"));
    assertClasses(result.byClass(SegmentationMetric.BF1), entry.path("classBF1"));
  }

  private static void assertClasses(double[] got, JsonNode expected) {
    assertThat(got).hasSize(expected.size());
    for (int c = 0; c < got.length; c++) {
      if (expected.get(c).isNull()) {
        assertThat(got[c]).isNaN();
      } else {
        assertThat(got[c]).isCloseTo(expected.get(c).asDouble(), within(1e-6));
      }
    }
  }

  @Test
  void add_batchByBatch_isTheSameAsAllAtOnce() {
    Shape shape = new Shape(6, 9, 17, 33);
    Shape single = new Shape(1, 9, 17, 33);
    float[] logits = Batches.logits(shape, 1, 1);
    int[] labels = Batches.labels(shape, 1);
    SegmentationMetrics whole = new SegmentationMetrics(9, ClassPolicy.ASL);
    SegmentationMetrics parts = new SegmentationMetrics(9, ClassPolicy.ASL);
    whole.add(logits, labels, shape);
    for (int n = 0; n < 6; n++) {
      int z = (int) single.elements();
      int y = (int) single.pixels();
      parts.add(
          Arrays.copyOfRange(logits, n * z, (n + 1) * z),
          Arrays.copyOfRange(labels, n * y, (n + 1) * y),
          single);
    }
    assertThat(parts.result().values()).isEqualTo(whole.result().values());
  }

  @Test
  void add_logits_countsLikeANaiveLoopOnEveryInstructionSet() {
    for (long[] s : new long[][] {{1, 2, 1, 1}, {2, 3, 7, 33}, {1, 70, 129, 7}, {2, 1024, 3, 3}}) {
      Shape shape = new Shape(s[0], s[1], s[2], s[3]);
      float[] logits = Batches.logits(shape, 1, 8);
      for (int i = 0; i < logits.length; i += 3) {
        logits[i] = Math.round(logits[i]); // ties
      }
      logits[logits.length / 2] = Float.NaN;
      int[] labels = Batches.labels(shape, 8);
      int[] predicted = argmax(logits, shape);
      SegmentationMetrics expected = new SegmentationMetrics((int) shape.c(), ClassPolicy.ASL);
      expected.addPredictions(predicted, labels, shape.n(), shape.h(), shape.w());
      for (String isa : List.of("baseline", "auto")) {
        ops.set_cpu_isa(isa);
        SegmentationMetrics metrics = new SegmentationMetrics((int) shape.c(), ClassPolicy.ASL);
        metrics.add(logits, labels, shape);
        assertThat(metrics.result().byClass(SegmentationMetric.MIOU))
            .isEqualTo(expected.result().byClass(SegmentationMetric.MIOU));
      }
      assertThat(expected.result().byClass(SegmentationMetric.MIOU))
          .isEqualTo(naiveIoU(predicted, labels, (int) shape.c()));
    }
  }

  /** The first of the largest, NaN being larger than anything. */
  private static int[] argmax(float[] logits, Shape shape) {
    int plane = (int) (shape.h() * shape.w());
    int classes = (int) shape.c();
    int[] best = new int[(int) shape.pixels()];
    for (int i = 0; i < best.length; i++) {
      float top = Float.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        float z = logits[(i / plane * classes + c) * plane + i % plane];
        if (Float.compare(z, top) > 0) {
          top = z;
          best[i] = c;
        }
      }
    }
    return best;
  }

  private static double[] naiveIoU(int[] predicted, int[] labels, int classes) {
    double[] iou = new double[classes];
    for (int c = 0; c < classes; c++) {
      double overlap = 0;
      double union = 0;
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] >= 0 && labels[i] < classes) {
          overlap += predicted[i] == c && labels[i] == c ? 1 : 0;
          union += predicted[i] == c || labels[i] == c ? 1 : 0;
        }
      }
      iou[c] = overlap / union;
    }
    return iou;
  }

  @Test
  void result_absentClassCounted_lowersTheMean() {
    ClassPolicy counting =
        new ClassPolicy(AbsentClasses.COUNT, AbsentClasses.COUNT, 5, false, IgnoredEdges.COUNT);
    for (ClassPolicy policy : List.of(ClassPolicy.ASL, counting)) {
      SegmentationMetrics metrics = new SegmentationMetrics(4, policy);
      metrics.addPredictions(new int[] {0, 1, 1}, new int[] {0, 1, 1}, 1, 1, 3);
      double expected = policy == counting ? 0.5 : 1;
      assertThat(metrics.result().value(SegmentationMetric.MIOU)).isEqualTo(expected);
      assertThat(metrics.result().value(SegmentationMetric.MACC)).isEqualTo(expected);
      assertThat(metrics.result().value(SegmentationMetric.FWIOU)).isEqualTo(1);
    }
  }

  @Test
  void result_boundaries_matchWithinTheTolerance() {
    // one row: the label changes after 4 pixels, the prediction after 6
    int[] labels = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 70, 70};
    int[] predicted = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 70, 70};
    for (int tolerance = 0; tolerance < 4; tolerance++) {
      ClassPolicy policy = ClassPolicy.ASL.withTolerance(tolerance);
      SegmentationMetrics metrics = new SegmentationMetrics(71, policy);
      metrics.addPredictions(predicted, labels, 1, 1, 12);
      double[] f = metrics.result().byClass(SegmentationMetric.BF1);
      assertThat(f[0]).isEqualTo(tolerance < 2 ? 0 : 1);
      assertThat(f[1]).isEqualTo(tolerance < 2 ? 0.5 : 1); // its other edge is right
      assertThat(f[2]).isNaN();
      assertThat(f[70]).isEqualTo(1);
    }
  }

  @Test
  void result_nothingPredictedAtAnEdge_isZeroNotAbsent() {
    SegmentationMetrics metrics = new SegmentationMetrics(2, ClassPolicy.ASL);
    metrics.addPredictions(new int[] {0, 0, 0, 0}, new int[] {0, 0, 1, 1}, 1, 2, 2);
    assertThat(metrics.result().byClass(SegmentationMetric.BF1)).containsExactly(0, 0);
    assertThat(metrics.result().value(SegmentationMetric.BF1)).isZero();
  }

  @Test
  void result_nothingAdded_isNaN() {
    Evaluation result = new SegmentationMetrics(3, ClassPolicy.ASL).result();
    for (SegmentationMetric metric : SegmentationMetric.values()) {
      assertThat(result.value(metric)).isNaN();
    }
  }

  @Test
  void add_otherNumberOfClasses_isRefused() {
    SegmentationMetrics metrics = new SegmentationMetrics(3, ClassPolicy.ASL);
    assertThatThrownBy(() -> metrics.add(new float[4], new int[1], new Shape(1, 4, 1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logits: expected 3 classes, got 4");
  }
}

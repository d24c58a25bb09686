package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Loss;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The boundary surrogates: kernels against the reference on awkward inputs. */
class BoundarySurrogateTest {
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
      {2, 5, 7, 33},
      {1, 65, 17, 9},
      {2, 130, 7, 7},
      {1, 40, 9, 37}, // rare classes, each edge searches on its own; windows of over 16 columns
      {2, 4, 0, 5},
      {0, 4, 3, 5}
    };
    for (long[] s : shapes) {
      for (SegmentationMetric metric : List.of(SegmentationMetric.BIOU, SegmentationMetric.BF1)) {
        for (IgnoredEdges ignored : IgnoredEdges.values()) {
          cases.add(Arguments.of(new Shape(s[0], s[1], s[2], s[3]), metric, ignored));
        }
      }
    }
    return cases.stream();
  }

  private static SurrogateParameters parameters(
      SegmentationMetric metric, int pieces, int tolerance, IgnoredEdges ignored) {
    SurrogateParameters random = SurrogateLossTest.random(metric, pieces, 3);
    ClassPolicy policy = random.policy().withTolerance(tolerance).withIgnoredEdges(ignored);
    return new SurrogateParameters(metric, random.curves(), policy);
  }

  /** Labels in patches of three columns, so that some pixels are no edge. */
  private static int[] patches(Shape shape, long seed) {
    int[] labels = Batches.labels(shape, seed);
    int width = (int) shape.w();
    for (int i = 0; i < labels.length; i++) {
      labels[i] = labels[i - i % width + i % width / 3];
      labels[i] = i / width % 3 == 0 ? labels[i] : labels[i - width];
    }
    return labels;
  }

  @ParameterizedTest
  @MethodSource("awkwardShapes")
  void evaluate_awkwardShapes_agreesWithReferenceOnEveryInstructionSet(
      Shape shape, SegmentationMetric metric, IgnoredEdges ignored) {
    float[] logits = Batches.logits(shape, 2, 7);
    int[] labels = shape.h() % 3 == 0 ? patches(shape, 7) : Batches.labels(shape, 7);
    for (int tolerance : new int[] {0, 1, 4, 100}) {
      SurrogateParameters parameters = parameters(metric, 1 + tolerance % 3, tolerance, ignored);
      double[] exact = new double[logits.length];
      double expected =
          SurrogateReference.evaluate(parameters, Batches.doubles(logits), labels, shape, exact);
      for (String isa : InstructionSets.supported()) {
        ops.set_cpu_isa(isa);
        float[] gradient = new float[logits.length];
        try (SurrogateLoss surrogate = SurrogateLoss.of(parameters)) {
          double loss = surrogate.evaluate(logits, labels, shape, gradient);
          assertThat(loss).as("%s, tolerance %d", isa, tolerance).isCloseTo(expected, within(1e-5));
          assertThat(surrogate.evaluate(logits, labels, shape, null)).isEqualTo(loss);
        }
        assertThat(Batches.relativeError(gradient, exact))
            .as("gradient, %s, tolerance %d", isa, tolerance)
            .isLessThanOrEqualTo(1e-4);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BIOU", "BF1"})
  void evaluate_noLabelEdge_hasNoGradient(SegmentationMetric metric) {
    Shape shape = new Shape(2, 3, 5, 6);
    float[] logits = Batches.logits(shape, 1, 1);
    try (SurrogateLoss surrogate = SurrogateLoss.of(metric)) {
      for (int label : new int[] {1, 255}) {
        int[] labels = new int[60];
        Arrays.fill(labels, label);
        float[] gradient = new float[logits.length];
        Arrays.fill(gradient, 9);
        double loss = surrogate.evaluate(logits, labels, shape, gradient);
        assertThat(loss).isEqualTo(metric == SegmentationMetric.BF1 ? 0 : 1);
        assertThat(gradient).containsOnly(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BIOU", "BF1"})
  void evaluate_hugeLogits_staysFinite(SegmentationMetric metric) {
    Shape shape = new Shape(1, 3, 9, 7);
    float[] logits = Batches.logits(shape, 1e4, 4);
    float[] gradient = new float[logits.length];
    try (SurrogateLoss surrogate = SurrogateLoss.of(metric)) {
      double loss = surrogate.evaluate(logits, Batches.labels(shape, 4), shape, gradient);
      assertThat(loss).isBetween(0.0, 1.0);
      for (float value : gradient) {
        assertThat(value).isFinite();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BIOU", "BF1"})
  void evaluate_nan_goesThrough(SegmentationMetric metric) {
    Shape shape = new Shape(1, 3, 9, 7);
    float[] logits = Batches.logits(shape, 1, 4);
    int[] labels = Batches.labels(shape, 4);
    for (int i = 0; i < 63; i++) {
      labels[i] = i % 2;
    }
    logits[20] = Float.NaN;
    try (SurrogateLoss surrogate = SurrogateLoss.of(metric)) {
      assertThat(surrogate.evaluate(logits, labels, shape, null)).isNaN();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BIOU", "BF1"})
  void toJson_parsed_keepsThePolicy(SegmentationMetric metric) {
    SurrogateParameters some = parameters(metric, 2, 3, IgnoredEdges.SKIP);
    SurrogateParameters parameters =
        new SurrogateParameters(metric, some.curves(), some.policy().withDropBackground(true));
    try (SurrogateLoss surrogate = SurrogateLoss.of(parameters);
        Loss again = Loss.parse(surrogate.toJson())) {
      assertThat(((SurrogateLoss) again).parameters()).isEqualTo(parameters);
    }
  }

  @Test
  void parse_artefactWithoutIgnoredEdges_countsThemAsItAlwaysDid() {
    try (Loss loss =
        Loss.parse(
            "{\"autoloss\":1,\"kind\":\"asl\",\"metric\":\"BIoU\","
                + "\"controlPoints\":[0.5,0.5,0.5,0.5],\"tolerance\":2}")) {
      assertThat(((SurrogateLoss) loss).parameters().policy())
          .isEqualTo(ClassPolicy.ASL.withTolerance(2));
    }
    assertThatThrownBy(
            () ->
                Loss.parse(
                    "{\"autoloss\":1,\"kind\":\"asl\",\"metric\":\"BF1\",\"ignoredEdges\":\"no\"}"))
        .hasMessageContaining("ignoredEdges: expected count or skip, got 'no'");
  }

  @ParameterizedTest
  @EnumSource(names = {"BIOU", "BF1"})
  void reference_ignoredSkipped_meetsCentralDifferences(SegmentationMetric metric) {
    Shape shape = new Shape(2, 3, 6, 5);
    double[] logits = Batches.doubles(Batches.logits(shape, 2, 5));
    int[] labels = patches(shape, 5);
    SurrogateParameters parameters = parameters(metric, 2, 1, IgnoredEdges.SKIP);
    double[] gradient = new double[logits.length];
    double loss = SurrogateReference.evaluate(parameters, logits, labels, shape, gradient);
    assertThat(loss).isBetween(0.01, 0.99);
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

  @ParameterizedTest
  @EnumSource(names = {"BIOU", "BF1"})
  void evaluate_ignoredSkipped_hasNoSay(SegmentationMetric metric) {
    Shape shape = new Shape(2, 3, 17, 19);
    float[] logits = Batches.logits(shape, 2, 6);
    int[] labels = patches(shape, 6);
    int plane = 17 * 19;
    float[] moved = logits.clone();
    int changed = 0;
    for (int i = 0; i < moved.length; i++) {
      int label = labels[i / (3 * plane) * plane + i % plane];
      if (label < 0 || label >= 3) {
        moved[i] = changed++ % 5 == 0 ? Float.NaN : 7 - moved[i];
      }
    }
    assertThat(changed).isGreaterThan(100);
    try (SurrogateLoss surrogate = SurrogateLoss.of(parameters(metric, 2, 2, IgnoredEdges.SKIP))) {
      float[] gradient = new float[logits.length];
      float[] again = new float[logits.length];
      double loss = surrogate.evaluate(logits, labels, shape, gradient);
      assertThat(surrogate.evaluate(moved, labels, shape, again)).isEqualTo(loss);
      assertThat(again).isEqualTo(gradient);
      for (int i = 0; i < moved.length; i++) {
        int label = labels[i / (3 * plane) * plane + i % plane];
        assertThat(label >= 0 && label < 3 || gradient[i] == 0).isTrue();
      }
    }
  }

  @Test
  void evaluate_perfectButForIgnoredPixels_isPerfectOnlyIfTheyAreSkipped() {
    // three columns of class 0, three of class 1, a row that is ignored; the prediction continues
    // class 0 into that row, where a published edge counts as wrong
    Shape shape = new Shape(1, 2, 5, 6);
    int[] labels = new int[30];
    float[] logits = new float[60];
    for (int i = 0; i < 30; i++) {
      int predicted = i >= 24 ? 0 : i % 6 / 3;
      labels[i] = i >= 24 ? 255 : predicted;
      logits[predicted * 30 + i] = 60;
    }
    for (IgnoredEdges ignored : IgnoredEdges.values()) {
      SurrogateParameters line = SurrogateParameters.identity(SegmentationMetric.BF1, 1);
      ClassPolicy policy = line.policy().withTolerance(0).withIgnoredEdges(ignored);
      try (SurrogateLoss surrogate =
          SurrogateLoss.of(
              new SurrogateParameters(SegmentationMetric.BF1, line.curves(), policy))) {
        double loss = surrogate.evaluate(logits, labels, shape, null);
        if (ignored == IgnoredEdges.SKIP) {
          assertThat(loss).isCloseTo(0, within(1e-6));
        } else {
          assertThat(loss).isGreaterThan(0.1);
        }
      }
    }
  }

  @Test
  void parse_optionsOfThePolicy_areThoseOfTheLoss() {
    String specification = "0.5*ce+asl:BIoU,tolerance=3,drop_background=false,ignored_edges=skip";
    try (Loss sum = Loss.parse(specification);
        Loss loss = Loss.parse("asl:bf1, tolerance=0, drop_background, absent=skip")) {
      assertThat(sum.toJson()).contains("\"tolerance\":3", "\"ignoredEdges\":\"skip\"");
      assertThat(sum.toJson()).contains("\"dropBackground\":false");
      assertThat(((SurrogateLoss) loss).parameters().policy())
          .isEqualTo(
              ClassPolicy.ASL
                  .withTolerance(0)
                  .withDropBackground(true)
                  .withAbsentInLoss(AbsentClasses.SKIP));
    }
    try (SurrogateLoss plain =
        SurrogateLoss.of(SegmentationMetric.BIOU)) { // published: without background
      assertThat(plain.parameters().policy().dropBackground()).isTrue();
    }
    assertThatThrownBy(() -> Loss.parse("asl:BF1,tolerance=1.5"))
        .hasMessageContaining("tolerance: expected a whole number, got '1.5'");
    assertThatThrownBy(() -> Loss.parse("asl:BF1,ignored_edges=no"))
        .hasMessageContaining("ignored_edges: expected count or skip, got 'no'");
    assertThatThrownBy(() -> Loss.parse("asl:BF1,width=1"))
        .hasMessageContaining(
            "asl: expected the options absent, drop_background, ignored_edges, tolerance, got"
                + " 'width'");
  }
}

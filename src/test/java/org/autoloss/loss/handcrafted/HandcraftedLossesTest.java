package org.autoloss.loss.handcrafted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.global.ops;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.Loss;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What all hand-made losses promise: values, gradients, ignored pixels, awkward batches. */
class HandcraftedLossesTest {
  private static final List<String> LOSSES =
      List.of(
          "ce",
          "wce",
          "wce:border=10,sigma=2",
          "dpce",
          "dpce:strength=0.3",
          "focal",
          "focal:gamma=0.5",
          "dice",
          "dice:absent=count",
          "jaccard",
          "tversky:alpha=0.2,beta=0.9",
          "lovasz",
          "lovasz:per_image",
          "ssim",
          "basnet",
          "boundary",
          "l1",
          "mse",
          "smooth_l1:beta=0.3");

  static {
    Libtorch.load();
  }

  private record Result(double value, float[] gradient) {}

  @AfterEach
  void restoreDefaults() {
    ops.set_cpu_isa("auto");
    ops.set_num_threads(0);
  }

  static Stream<String> losses() {
    return LOSSES.stream();
  }

  static Stream<Arguments> awkwardShapes() {
    long[][] shapes = {
      {1, 2, 1, 1}, {1, 2, 1, 7}, {2, 3, 33, 1}, {3, 5, 7, 33}, {1, 3, 129, 5}, {2, 65, 6, 7}
    };
    return LOSSES.stream()
        .flatMap(
            loss ->
                Arrays.stream(shapes)
                    .map(s -> Arguments.of(loss, new Shape(s[0], s[1], s[2], s[3]))));
  }

  private static Result evaluate(Loss loss, float[] logits, int[] labels, Shape shape) {
    long[] sizes = {shape.n(), shape.c(), shape.h(), shape.w()};
    try (PointerScope scope = new PointerScope()) {
      Tensor z = tensor(logits).view(sizes).set_requires_grad(true);
      Tensor y = tensor(labels).view(shape.n(), shape.h(), shape.w());
      Tensor value = loss.apply(z, y);
      value.backward();
      float[] gradient = new float[logits.length];
      if (gradient.length > 0) {
        z.grad().contiguous().data_ptr_float().get(gradient);
      }
      return new Result(value.item_float(), gradient);
    }
  }

  /** A logit in three at a given value, so that many labels have it. */
  private static float[] logitsWith(float value, Shape shape) {
    float[] logits = Batches.logits(shape, 2, 5);
    for (int i = 0; i < logits.length; i += 3) {
      logits[i] = value;
    }
    return logits;
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_logitsOfMinusInfinity_givesTheReferencesValueAndAFiniteGradient(String specification) {
    Shape shape = new Shape(2, 5, 7, 8);
    float[] logits = logitsWith(Float.NEGATIVE_INFINITY, shape);
    int[] labels = Batches.labels(shape, 5);
    double expected =
        new ReferenceLosses(labels, shape).value(specification, Batches.doubles(logits));
    try (Loss loss = Loss.parse(specification)) {
      Result result = evaluate(loss, logits, labels, shape);
      if (Double.isInfinite(expected)) {
        assertThat(result.value()).isEqualTo(expected);
      } else {
        assertThat(result.value()).isCloseTo(expected, within(2e-5 * (1 + Math.abs(expected))));
      }
      // Nothing that float32 can tell from 0 differs where the logit is -1000: p is 0 as well.
      float[] limit = evaluate(loss, logitsWith(-1000, shape), labels, shape).gradient();
      double error = Batches.relativeError(result.gradient(), Batches.doubles(limit));
      assertThat(error).isLessThanOrEqualTo(1e-6);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "asl:mIoU",
        "asl:FWIoU",
        "asl:mAcc",
        "asl:gAcc",
        "asl:BIoU",
        "asl:BF1",
        "expr:neg(mul(y,log(yhat)))",
        "expr:neg(sqrt(mul(y,mean_nhw(yhat))))",
        "expr:mul(y,inv(yhat))"
      })
  void apply_fusedWithLogitsOfMinusInfinity_isFinite(String specification) {
    Shape shape = new Shape(2, 5, 7, 8);
    float[] logits = logitsWith(Float.NEGATIVE_INFINITY, shape);
    try (Loss loss = Loss.parse(specification)) {
      Result result = evaluate(loss, logits, Batches.labels(shape, 5), shape);
      assertThat(result.value()).isFinite();
      for (float each : result.gradient()) {
        assertThat(each).isFinite();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("awkwardShapes")
  void apply_awkwardShapes_givesTheReferencesValueOnEveryInstructionSet(
      String specification, Shape shape) {
    float[] logits = Batches.logits(shape, 3, 7);
    int[] labels = Batches.labels(shape, 7);
    double expected =
        new ReferenceLosses(labels, shape).value(specification, Batches.doubles(logits));
    for (String isa : List.of("baseline", "auto")) {
      ops.set_cpu_isa(isa);
      try (Loss loss = Loss.parse(specification)) {
        double value = evaluate(loss, logits, labels, shape).value();
        // float32 sums of a few thousand terms
        assertThat(value).as(isa).isCloseTo(expected, within(2e-5 * (1 + Math.abs(expected))));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_randomBatch_givesTheGradientOfCentralDifferences(String specification) {
    for (Shape shape : List.of(new Shape(2, 4, 7, 5), new Shape(1, 2, 13, 3))) {
      float[] logits = Batches.logits(shape, 1.5, 5);
      int[] labels = Batches.labels(shape, 5);
      // the order of Lovász errors, and the kinks of l1, do not change within so small a step
      double[] expected =
          new ReferenceLosses(labels, shape).gradient(specification, Batches.doubles(logits), 1e-6);
      for (String isa : List.of("baseline", "auto")) {
        ops.set_cpu_isa(isa);
        try (Loss loss = Loss.parse(specification)) {
          float[] gradient = evaluate(loss, logits, labels, shape).gradient();
          assertThat(Batches.relativeError(gradient, expected)).as(isa).isLessThanOrEqualTo(1e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_anyNumberOfThreads_isTheSameToTheLastBit(String specification) {
    Shape shape = new Shape(3, 6, 65, 47);
    float[] logits = Batches.logits(shape, 3, 11);
    int[] labels = Batches.labels(shape, 11);
    try (Loss loss = Loss.parse(specification)) {
      ops.set_num_threads(1);
      Result first = evaluate(loss, logits, labels, shape);
      for (int threads : new int[] {2, 3, 7}) {
        ops.set_num_threads(threads);
        Result other = evaluate(loss, logits, labels, shape);
        assertThat(other.value()).isEqualTo(first.value());
        assertThat(other.gradient()).isEqualTo(first.gradient());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_allIgnored_hasNoGradient(String specification) {
    Shape shape = new Shape(1, 3, 4, 5);
    float[] logits = Batches.logits(shape, 1, 1);
    logits[7] = Float.NaN; // an ignored pixel has no value, whatever its logits are
    int[] labels = new int[20];
    Arrays.fill(labels, 255);
    try (Loss loss = Loss.parse(specification)) {
      Result result = evaluate(loss, logits, labels, shape);
      assertThat(result.value()).isEqualTo(specification.contains("count") ? 1 : 0);
      assertThat(result.gradient()).containsOnly(0);
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_nanInAnIgnoredPixel_changesNothing(String specification) {
    Shape shape = new Shape(2, 3, 9, 5);
    float[] logits = Batches.logits(shape, 1, 1);
    int[] labels = Batches.labels(shape, 1);
    labels[13] = -1;
    float[] broken = logits.clone();
    broken[13] = Float.NaN;
    broken[45 + 13] = Float.POSITIVE_INFINITY;
    try (Loss loss = Loss.parse(specification)) {
      Result expected = evaluate(loss, logits, labels, shape);
      Result result = evaluate(loss, broken, labels, shape);
      assertThat(result.value()).isEqualTo(expected.value());
      assertThat(result.gradient()).isEqualTo(expected.gradient());
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_nanInAPixelThatCounts_isNan(String specification) {
    Shape shape = new Shape(1, 3, 9, 8);
    float[] logits = Batches.logits(shape, 1, 1);
    logits[11] = Float.NaN;
    int[] labels = new int[72];
    Arrays.setAll(labels, i -> i / 5 % 3);
    try (Loss loss = Loss.parse(specification)) {
      assertThat(evaluate(loss, logits, labels, shape).value()).isNaN();
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_hugeLogits_staysFinite(String specification) {
    Shape shape = new Shape(1, 3, 13, 11);
    float[] logits = Batches.logits(shape, 1e4, 4);
    try (Loss loss = Loss.parse(specification)) {
      Result result = evaluate(loss, logits, Batches.labels(shape, 4), shape);
      assertThat(result.value()).isFinite();
      for (float value : result.gradient()) {
        assertThat(value).isFinite();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_emptyBatch_isZeroOrTheAbsentClassesValue(String specification) {
    Shape shape = new Shape(2, 3, 0, 5);
    try (Loss loss = Loss.parse(specification)) {
      double value = evaluate(loss, new float[0], new int[0], shape).value();
      assertThat(value).isEqualTo(specification.contains("count") ? 1 : 0);
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_absentClass_givesTheReferencesValue(String specification) {
    Shape shape = new Shape(2, 5, 8, 9);
    float[] logits = Batches.logits(shape, 2, 3);
    int[] labels = new int[144];
    Arrays.setAll(labels, i -> i < 72 ? i / 7 % 2 : 3); // 2 and 4 nowhere; one label in image 1
    double expected =
        new ReferenceLosses(labels, shape).value(specification, Batches.doubles(logits));
    try (Loss loss = Loss.parse(specification)) {
      assertThat(evaluate(loss, logits, labels, shape).value())
          .isCloseTo(expected, within(2e-5 * (1 + Math.abs(expected))));
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void toJson_parsed_isTheSameLoss(String specification) {
    Shape shape = new Shape(1, 3, 8, 9);
    float[] logits = Batches.logits(shape, 2, 3);
    int[] labels = Batches.labels(shape, 3);
    try (Loss loss = Loss.parse(specification);
        Loss again = Loss.parse(loss.toJson())) {
      assertThat(again.toJson()).isEqualTo(loss.toJson());
      assertThat(evaluate(again, logits, labels, shape).value())
          .isEqualTo(evaluate(loss, logits, labels, shape).value());
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_closed_isRefused(String specification) {
    Loss loss = Loss.parse(specification);
    loss.close();
    loss.close();
    try (PointerScope scope = new PointerScope()) {
      Tensor y = tensor(0).view(1, 1, 1);
      assertThatThrownBy(() -> loss.apply(randn(1, 2, 1, 1), y))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("loss: expected an open loss, got a closed one");
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_stridedLogitsAndLongLabels_givesTheSame(String specification) {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(specification)) {
      Tensor z = randn(2, 7, 6, 3).permute(0, 3, 1, 2);
      int[] labels = Batches.labels(new Shape(2, 3, 7, 6), 5);
      Tensor y = tensor(labels).view(2, 7, 6);
      float expected = loss.apply(z.contiguous(), y).item_float();
      assertThat(loss.apply(z, y.to(ScalarType.Long)).item_float()).isEqualTo(expected);
    }
  }

  @Test
  void parse_badOption_saysWhichAndWhatIsExpected() {
    assertFails("focal:gama=2", "focal: expected the options gamma, got 'gama'");
    assertFails("focal:gamma=two", "focal: gamma: expected a number, got 'two'");
    assertFails("focal:gamma=-1", "gamma: expected 0 to 1e6, got -1.0");
    assertFails("focal:gamma=1e39", "gamma: expected 0 to 1e6, got 1.0E39");
    assertFails("tversky:alpha=1e7", "alpha: expected 0 to 1e6, got 1.0E7");
    assertFails("wce:border=1e7", "border: expected 0 to 1e6, got 1.0E7");
    assertFails("dpce:strength=1e300", "strength: expected 0 to 1e6, got 1.0E300");
    assertFails("focal:gamma=1,gamma=2", "focal: expected each option once, got two gamma");
    assertFails("l1:beta=1", "l1: expected no option, got 'beta'");
    assertFails("lovasz:per_image=no", "lovasz: per_image: expected true or false, got 'no'");
    assertFails("dice:absent=maybe", "dice: absent: expected skip or count, got 'maybe'");
    assertFails(
        "tversky:alpha=,beta=1",
        "tversky: expected options such as name=value,name=value, got 'alpha=,beta=1'");
    assertFails("smooth_l1:beta=0", "beta: expected a number above 0, at most 1.0, got 0.0");
  }

  @Test
  void parse_optionWithoutValue_hasItsUsualValue() {
    try (Loss bare = Loss.parse("wce:border");
        Loss spelled = Loss.parse("wce:border=10,sigma=5")) {
      assertThat(bare.toJson()).isEqualTo(spelled.toJson());
    }
    assertFails("focal:gamma", "focal: gamma: expected a number, got ''");
  }

  private static void assertFails(String specification, String message) {
    assertThatThrownBy(() -> Loss.parse(specification))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}

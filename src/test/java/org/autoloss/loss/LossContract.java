package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every loss on classes keeps: see {@link Loss}. Tests of a loss extend this and say which
 * specifications they try.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LossContract {
  private static final int N = 2;
  private static final int C = 3;
  private static final int H = 6;
  private static final int W = 5;
  private static final int IGNORED = 255;

  /**
   * The losses to try.
   *
   * @return specifications for {@link Loss#parse}
   */
  protected abstract Stream<String> specifications();

  private record Result(double value, float[] gradient) {}

  private static float[] logits() {
    Random random = new Random(3);
    float[] values = new float[N * C * H * W];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Areas of all classes, and one ignored pixel in each image. */
  private static byte[] labels() {
    byte[] labels = new byte[N * H * W];
    for (int i = 0; i < labels.length; i++) {
      int pixel = i % (H * W);
      labels[i] = pixel == 7 ? (byte) IGNORED : (byte) ((pixel % W / 2 + pixel / W / 2) % C);
    }
    return labels;
  }

  private static Tensor tensor(float[] logits) {
    return Tensor.create(logits, N, C, H, W).clone().set_requires_grad(true);
  }

  private static Tensor tensor(byte[] labels) {
    return Tensor.create(labels, false, N, H, W).clone();
  }

  private static Result evaluate(Loss loss, Tensor logits, Tensor labels) {
    Tensor value = loss.apply(logits, labels);
    assertThat(value.dim()).as("dimensions of the value").isZero();
    value.backward();
    float[] gradient = new float[Math.toIntExact(logits.numel())];
    if (gradient.length > 0) {
      logits.grad().contiguous().data_ptr_float().get(gradient);
    }
    return new Result(value.item_float(), gradient);
  }

  private static void assertSame(Result result, Result expected) {
    assertThat(result.value()).isEqualTo(expected.value());
    assertThat(result.gradient()).isEqualTo(expected.gradient());
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_gradient_agreesWithDifferences(String specification) {
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      float[] gradient = evaluate(loss, tensor(logits()), tensor(labels())).gradient();
      double norm = 0;
      for (float each : gradient) {
        norm += each * each;
      }
      assertThat(norm).as("gradient").isPositive();
      // Too large a step crosses the kinks of losses that sort, pool or clip; too small a one
      // drowns in the rounding of float32.
      double best = Math.min(slopeError(loss, gradient, 1e-2f), slopeError(loss, gradient, 1e-3f));
      assertThat(best).isLessThan(0.03 * Math.sqrt(norm) + 1e-4);
    }
  }

  /** The difference quotient along a random direction against the gradient. */
  private static double slopeError(Loss loss, float[] gradient, float step) {
    Random random = new Random(5);
    float[] forward = logits();
    float[] backward = logits();
    double slope = 0;
    for (int i = 0; i < gradient.length; i++) {
      float direction = (float) random.nextGaussian();
      forward[i] += step * direction;
      backward[i] -= step * direction;
      slope += gradient[i] * direction;
    }
    double difference =
        loss.apply(tensor(forward), tensor(labels())).item_float()
            - loss.apply(tensor(backward), tensor(labels())).item_float();
    return Math.abs(difference / (2 * step) - slope);
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_ignoredPixel_hasNeitherValueNorGradient(String specification) {
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      Result expected = evaluate(loss, tensor(logits()), tensor(labels()));
      float[] strange = logits();
      for (int c = 0; c < C; c++) {
        strange[c * H * W + 7] = c == 0 ? Float.NaN : 1e4f;
        assertThat(expected.gradient()[c * H * W + 7]).isZero();
      }
      assertSame(evaluate(loss, tensor(strange), tensor(labels())), expected);
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_pixelsWhoseLogitsAreAllFarFromZero_countAsBefore(String specification) {
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      float[] near = logits();
      float[] far = logits();
      for (int i = 0; i < far.length; i++) {
        near[i] = Math.round(near[i] * 1024) / 1024f; // so that sums are exact
        int pixel = i % (H * W);
        far[i] = near[i] + (pixel % 3 == 0 ? 200 : pixel % 3 == 1 ? -200 : 0);
      }
      Result expected = evaluate(loss, tensor(near), tensor(labels()));
      Result result = evaluate(loss, tensor(far), tensor(labels()));
      assertThat(result.value()).isCloseTo(expected.value(), within(1e-5));
      double norm = 0;
      double apart = 0;
      for (int i = 0; i < far.length; i++) {
        norm += Math.pow(expected.gradient()[i], 2);
        apart += Math.pow(expected.gradient()[i] - result.gradient()[i], 2);
      }
      assertThat(Math.sqrt(apart)).isLessThanOrEqualTo(1e-4 * Math.sqrt(norm));
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_nanInAPixelThatCounts_isNaN(String specification) {
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      float[] logits = logits();
      logits[0] = Float.NaN;
      assertThat(loss.apply(tensor(logits), tensor(labels())).item_float()).isNaN();
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_nothingThatCounts_isFiniteWithoutAGradient(String specification) {
    byte[] ignored = new byte[N * H * W];
    java.util.Arrays.fill(ignored, (byte) IGNORED);
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      Result result = evaluate(loss, tensor(logits()), tensor(ignored));
      assertThat(result.value()).isFinite();
      assertThat(result.gradient()).containsOnly(0);
      for (long[] size : new long[][] {{0, H, W}, {N, 0, W}, {N, H, 0}}) {
        Tensor none = zeros(size[0], C, size[1], size[2]).set_requires_grad(true);
        Tensor labels = zeros(size).to(ScalarType.Byte);
        assertThat(evaluate(loss, none, labels).value()).isFinite();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_otherStridesAndTypesOfLabels_giveTheSame(String specification) {
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      Result expected = evaluate(loss, tensor(logits()), tensor(labels()));
      for (ScalarType type : new ScalarType[] {ScalarType.Int, ScalarType.Long}) {
        assertSame(evaluate(loss, tensor(logits()), tensor(labels()).to(type)), expected);
      }
      Tensor strided =
          tensor(logits())
              .detach()
              .permute(0, 2, 3, 1)
              .contiguous()
              .permute(0, 3, 1, 2)
              .set_requires_grad(true);
      assertSame(evaluate(loss, strided, tensor(labels())), expected);
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void toJson_parsed_isTheSameLossToTheLastBit(String specification) {
    try (Loss loss = Loss.parse(specification);
        Loss read = Loss.parse(loss.toJson());
        PointerScope scope = new PointerScope()) {
      assertThat(read.toJson()).isEqualTo(loss.toJson());
      assertSame(
          evaluate(read, tensor(logits()), tensor(labels())),
          evaluate(loss, tensor(logits()), tensor(labels())));
    }
  }

  /** As a search leaves it, also where its answer is a loss that was there before. */
  @ParameterizedTest
  @MethodSource("specifications")
  void parse_artefactWithProvenance_isTheSameLoss(String specification) {
    try (Loss loss = Loss.parse(specification);
        Loss read =
            Loss.parse(loss.toJson().replaceFirst("^\\{", "{\"provenance\":{\"trial\":\"0\"},"))) {
      assertThat(read.toJson()).isEqualTo(loss.toJson());
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void apply_oneClass_isRefused(String specification) {
    try (Loss loss = Loss.parse(specification);
        PointerScope scope = new PointerScope()) {
      for (int height : new int[] {4, 0}) {
        Tensor logits = zeros(2, 1, height, 3).set_requires_grad(true);
        Tensor labels = zeros(2, height, 3).to(ScalarType.Byte);
        assertThatThrownBy(() -> loss.apply(logits, labels))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "logits: expected 2 classes or more (dimension 1), got 1; give the background a"
                    + " channel of its own");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void close_twice_isHarmlessAndEndsItsUse(String specification) {
    Loss loss = Loss.parse(specification);
    loss.close();
    assertThatCode(loss::close).doesNotThrowAnyException();
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = tensor(logits());
      Tensor labels = tensor(labels());
      assertThatThrownBy(() -> loss.apply(logits, labels))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}

package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.tensor;

import java.util.Random;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused means over pixels against what they are on a GPU, libtorch's operations. */
class PixelLossTest {
  static {
    Libtorch.load();
  }

  /** More logits than {@link Autograd#LARGE}, so that the gradient itself is handed out. */
  private static final Shape LARGE = new Shape(2, 21, 120, 110);

  private final PointerScope scope = new PointerScope();

  @AfterEach
  void close() {
    ops.set_cpu_isa("auto");
    scope.close();
  }

  private static Stream<String> losses() {
    return Stream.of(
        "focal:gamma=0",
        "focal:gamma=0.5",
        "focal:gamma=2",
        "focal:gamma=5",
        "wce",
        "wce:border=4,sigma=3",
        "dpce:strength=2",
        "l1",
        "mse",
        "smooth_l1:beta=0.3",
        "smooth_l1:beta=1",
        "boundary");
  }

  /** Value, gradient, and second derivative along a direction. */
  private record Result(double value, Tensor gradient, Tensor product) {
    static Result of(Tensor value, Tensor logits, Tensor direction) {
      Tensor gradient = BackwardPasses.gradient(value, logits, true);
      Tensor along = gradient.mul(direction).sum();
      return new Result(
          value.item_double(), gradient.detach(), BackwardPasses.gradient(along, logits, false));
    }
  }

  private static Tensor leaf(Shape shape, float scale) {
    return tensor(Batches.logits(shape, scale, 5))
        .view(shape.n(), shape.c(), shape.h(), shape.w())
        .set_requires_grad(true);
  }

  /** Labels in squares; one in sixteen is ignored. */
  private static Tensor labels(Shape shape) {
    int[] labels = new int[(int) shape.pixels()];
    Random random = new Random(2);
    for (int i = 0; i < labels.length; i++) {
      int x = i % (int) shape.w();
      int y = i / (int) shape.w();
      labels[i] = random.nextInt(16) == 0 ? 255 : (x / 5 + y / 4) % (int) shape.c();
    }
    return tensor(labels).to(ScalarType.Int).view(shape.n(), shape.h(), shape.w());
  }

  private static double norm(Tensor tensor) {
    return tensor.norm().item_double();
  }

  private static void assertAgree(String specification, Shape shape, float scale) {
    try (PixelLoss loss = (PixelLoss) Loss.parse(specification)) {
      Tensor labels = labels(shape);
      Tensor direction = randn(shape.n(), shape.c(), shape.h(), shape.w());
      Tensor z = leaf(shape, scale);
      Tensor other = leaf(shape, scale);
      // behind an operation, as in a network
      Result result = Result.of(loss.apply(z.mul(new Scalar(2)), labels), z, direction);
      MaskedBatch batch = MaskedBatch.of(other.mul(new Scalar(2)), labels);
      Result expected = Result.of(loss.compose(batch), other, direction);
      assertThat(result.value())
          .isCloseTo(expected.value(), within(1e-5 + 1e-5 * expected.value()));
      double apart = norm(result.gradient().sub(expected.gradient()));
      assertThat(apart).isLessThanOrEqualTo(1e-5 * norm(expected.gradient()));
      apart = norm(result.product().sub(expected.product()));
      assertThat(norm(expected.product())).isPositive();
      assertThat(apart).isLessThanOrEqualTo(1e-4 * norm(expected.product()));
    }
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_anyInstructionSetAndShape_agreesWithTheCompositionUpToTheSecondDerivative(
      String specification) {
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      assertAgree(specification, new Shape(1, 2, 8, 8), 1);
      assertAgree(specification, new Shape(2, 3, 17, 33), 1);
      assertAgree(specification, new Shape(2, 21, 13, 29), 2);
    }
    assertAgree(specification, LARGE, 1);
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_oneOrManyThreads_isTheSameToTheBit(String specification) {
    try (Loss loss = Loss.parse(specification)) {
      Tensor labels = labels(LARGE);
      Tensor direction = randn(LARGE.n(), LARGE.c(), LARGE.h(), LARGE.w());
      ops.set_num_threads(1);
      Tensor z = leaf(LARGE, 1);
      Result one = Result.of(loss.apply(z, labels), z, direction);
      ops.set_num_threads(3);
      Result three = Result.of(loss.apply(z, labels), z, direction);
      assertThat(three.value()).isEqualTo(one.value());
      assertThat(three.gradient().equal(one.gradient())).isTrue();
      assertThat(three.product().equal(one.product())).isTrue();
    } finally {
      ops.set_num_threads(0);
    }
  }

  @Test
  void apply_logitsOfAnySize_isExact() {
    Shape shape = new Shape(1, 3, 1, 4);
    float[] z = {1000, -1000, 0, 90, 0, 0, 0, 0, -1000, 0, 200, 0};
    int[] y = {2, 0, 1, 1};
    try (PixelLoss loss = (PixelLoss) Loss.parse("focal:gamma=0")) {
      float[] gradient = new float[z.length];
      double value = loss.evaluate(z, y, shape, gradient);
      double log2 = Math.log(2);
      assertThat(value).isCloseTo((2000 + 1000 + log2 + 200 + 90) / 4, within(1e-4));
      float[] expected = {1, -1, 0, 1, 0, .5f, -1, -1, -1, .5f, 1, 0};
      for (int i = 0; i < z.length; i++) {
        assertThat(gradient[i]).isCloseTo(expected[i] / 4, within(1e-6f));
      }
    }
  }

  @Test
  void apply_largestLogitFarBelowZero_isExact() {
    Shape shape = new Shape(1, 2, 1, 1);
    try (PixelLoss loss = (PixelLoss) Loss.parse("focal:gamma=0")) {
      for (String isa : InstructionSets.supported()) {
        ops.set_cpu_isa(isa);
        for (float top = 10; top >= -60; top -= 0.25f) {
          for (float below : new float[] {30, 60, 80, 100, 130, Float.POSITIVE_INFINITY}) {
            double value =
                loss.evaluate(new float[] {top, top - below}, new int[] {1}, shape, null);
            assertThat(value)
                .as("%s below %s", below, top)
                .isCloseTo(below, withinPercentage(1e-4));
          }
        }
      }
    }
  }

  @Test
  void apply_smallestBeta_isFinite() {
    Shape shape = new Shape(1, 2, 1, 2);
    float[] logits = {200, 1, 0, 2};
    try (PixelLoss loss = (PixelLoss) Loss.parse("smooth_l1:beta=1e-39");
        PixelLoss limit = (PixelLoss) Loss.parse("l1")) {
      float[] gradient = new float[4];
      float[] expected = new float[4];
      double value = loss.evaluate(logits, new int[] {0, 1}, shape, gradient);
      assertThat(value).isEqualTo(limit.evaluate(logits, new int[] {0, 1}, shape, expected));
      assertThat(gradient).isEqualTo(expected);
    }
  }

  @Test
  void backward_thirdDerivative_isRefused() {
    try (Loss loss = Loss.parse("focal")) {
      Shape shape = new Shape(1, 3, 6, 5);
      Tensor z = leaf(shape, 1);
      Tensor gradient = BackwardPasses.gradient(loss.apply(z, labels(shape)), z, true);
      Tensor square = gradient.square().sum();
      assertThatThrownBy(() -> BackwardPasses.gradient(square, z, true))
          .hasMessageStartingWith("loss: expected to be differentiated twice at most");
    }
  }

  @Test
  void backward_tensorsChangedInPlaceAfterTheLoss_hasNoSecondDerivative() {
    for (Shape shape : new Shape[] {new Shape(1, 3, 6, 5), LARGE}) {
      try (Loss loss = Loss.parse("wce")) {
        for (boolean ofLogits : new boolean[] {true, false}) {
          Tensor leaf = leaf(shape, 1);
          Tensor z = leaf.mul(new Scalar(2));
          Tensor labels = labels(shape);
          Tensor value = loss.apply(z, labels);
          (ofLogits ? z.detach() : labels).zero_();
          Tensor square = BackwardPasses.gradient(value, leaf, true).square().sum();
          assertThatThrownBy(() -> BackwardPasses.gradient(square, leaf, false))
              .hasMessageStartingWith("loss: expected logits and labels as they were, got others");
        }
      }
    }
  }

  @Test
  void backward_lossClosedAndTensorsLetGo_stillHasItsSecondDerivative() {
    for (Shape shape : new Shape[] {new Shape(1, 3, 6, 5), LARGE}) {
      Tensor leaf = leaf(shape, 1);
      Tensor square = new Tensor();
      try (PointerScope inner = new PointerScope();
          Loss loss = Loss.parse("focal")) {
        Tensor value = loss.apply(leaf.mul(new Scalar(2)), labels(shape));
        square.put(BackwardPasses.gradient(value, leaf, true).square().sum());
      }
      Tensor other = leaf(shape, 1);
      try (PixelLoss loss = (PixelLoss) Loss.parse("focal")) {
        Tensor composed = loss.compose(MaskedBatch.of(other.mul(new Scalar(2)), labels(shape)));
        Tensor expected =
            BackwardPasses.gradient(
                BackwardPasses.gradient(composed, other, true).square().sum(), other, false);
        Tensor product = BackwardPasses.gradient(square, leaf, false);
        assertThat(norm(product.sub(expected))).isLessThanOrEqualTo(1e-4 * norm(expected));
      }
    }
  }
}

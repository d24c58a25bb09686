package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.tensor;

import org.autoloss.Batches;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.WeightedSumLoss.Term;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums against their terms, each on its own. */
class WeightedSumLossTest {
  static {
    Libtorch.load();
  }

  private static final Shape SMALL = new Shape(2, 3, 9, 7);
  private static final Shape LARGE = new Shape(2, 21, 120, 110);

  private final PointerScope scope = new PointerScope();

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor leaf(Shape shape) {
    return tensor(Batches.logits(shape, 2, 4))
        .view(shape.n(), shape.c(), shape.h(), shape.w())
        .set_requires_grad(true);
  }

  private static Tensor labels(Shape shape) {
    return tensor(Batches.labels(shape, 6)).view(shape.n(), shape.h(), shape.w());
  }

  private static Tensor termByTerm(WeightedSumLoss sum, Tensor logits, Tensor labels) {
    Tensor total = null;
    for (Term term : sum.terms()) {
      Tensor value =
          term.loss() instanceof WeightedSumLoss inner
              ? termByTerm(inner, logits, labels)
              : term.loss().apply(logits, labels);
      Tensor weighted = value.mul(new Scalar(term.weight()));
      total = total == null ? weighted : total.add(weighted);
    }
    return total;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.5*ce+asl:mIoU",
        "-2*dice",
        "dice+0.25*boundary+3*ce",
        "asl:BF1+0.1*asl:mAcc+lovasz+0*ssim",
        "0.5*basnet+expr:neg(mul(y,log(yhat)))",
        "focal+ce",
        "2*ce"
      })
  void apply_anySum_isTheSumOfItsTerms(String specification) {
    try (WeightedSumLoss sum = (WeightedSumLoss) Loss.parse(specification)) {
      for (Shape shape : new Shape[] {SMALL, LARGE, SMALL}) {
        Tensor z = leaf(shape);
        Tensor other = leaf(shape);
        Tensor labels = labels(shape);
        Tensor value = sum.apply(z, labels);
        Tensor expected = termByTerm(sum, other, labels);
        double size = Math.max(1, Math.abs(expected.item_double()));
        assertThat(value.item_double()).isCloseTo(expected.item_double(), within(1e-6 * size));
        value.mul(new Scalar(3)).backward();
        expected.mul(new Scalar(3)).backward();
        double apart = z.grad().sub(other.grad()).norm().item_double();
        assertThat(apart).isLessThanOrEqualTo(1e-5 * other.grad().norm().item_double());
        try (NoGradGuard without = new NoGradGuard()) {
          Tensor alone = sum.apply(z, labels);
          assertThat(alone.requires_grad()).isFalse();
          assertThat(alone.item_double()).isCloseTo(value.item_double(), within(1e-6 * size));
        }
      }
    }
  }

  @Test
  void apply_allTermsHaveASecondDerivative_hasOneToo() {
    try (Loss sum = Loss.parse("ce+2*focal");
        Loss ce = Loss.parse("ce");
        Loss focal = Loss.parse("focal")) {
      Tensor labels = labels(SMALL);
      Tensor z = leaf(SMALL);
      Tensor square = BackwardPasses.gradient(sum.apply(z, labels), z, true).square().sum();
      Tensor product = BackwardPasses.gradient(square, z, false);
      Tensor other = leaf(SMALL);
      Tensor first = BackwardPasses.gradient(ce.apply(other, labels), other, true);
      Tensor second = BackwardPasses.gradient(focal.apply(other, labels), other, true);
      Tensor both = first.add(second.mul(new Scalar(2))).square().sum();
      Tensor expected = BackwardPasses.gradient(both, other, false);
      assertThat(product.allclose(expected, 1e-4, 1e-7, false)).isTrue();
    }
  }

  @Test
  void apply_aTermIsClosed_isRefused() {
    try (WeightedSumLoss sum = (WeightedSumLoss) Loss.parse("dice+asl:mIoU")) {
      sum.terms().get(1).loss().close();
      Tensor z = leaf(SMALL);
      Tensor labels = labels(SMALL);
      assertThatThrownBy(() -> sum.apply(z, labels))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("loss: expected an open loss, got a closed one");
    }
  }

  @Test
  void apply_noTensor_isRefusedWithASentence() {
    try (Loss sum = Loss.parse("dice+asl:mIoU")) {
      Tensor labels = labels(SMALL);
      assertThatThrownBy(() -> sum.apply((Tensor) null, labels))
          .hasMessage("logits: expected a tensor, got null");
      Tensor z = leaf(SMALL);
      assertThatThrownBy(() -> sum.apply(z, null))
          .hasMessage("labels: expected a tensor, got null");
    }
  }
}

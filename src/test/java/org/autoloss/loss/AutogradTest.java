package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.full;
import static org.bytedeco.pytorch.global.torch.rand;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.scalar_tensor;

import java.util.List;
import org.autoloss.internal.ElementTypes;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** All ways to tie a value into autograd; that for GPUs works on any device. */
class AutogradTest {
  private static final long[] SIZES = {2, 3, 4, 5};

  /** A way to tie a value of 0.25 and a gradient to logits. */
  private interface Way {
    Tensor attach(Tensor logits, Tensor gradient);
  }

  private static final List<Way> WAYS =
      List.of(
          (logits, gradient) -> Autograd.attach(logits, gradient, 0.25),
          (logits, gradient) -> Autograd.attach(logits, gradient, scalar_tensor(new Scalar(0.25f))),
          AutogradTest::handingOut);

  /** As {@link FusedLoss} does it: within a scope of its own, so that the graph alone is left. */
  private static Tensor handingOut(Tensor logits, Tensor gradient) {
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      loss.put(Autograd.handingOut(logits, gradient, 0.25));
    }
    return loss;
  }

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  private static Tensor leaf() {
    return randn(SIZES).set_requires_grad(true);
  }

  private static Tensor gradient() {
    return full(SIZES, new Scalar(1.5f));
  }

  private static void assertAll(Tensor tensor, float expected) {
    assertThat(tensor.min().item_float()).isEqualTo(expected);
    assertThat(tensor.max().item_float()).isEqualTo(expected);
  }

  @Test
  void attach_eachWay_givesValueAndScaledGradient() {
    for (Way way : WAYS) {
      try (PointerScope scope = new PointerScope()) {
        Tensor logits = leaf();
        Tensor loss = way.attach(logits, gradient());
        assertThat(loss.dim()).isZero();
        assertThat(loss.item_float()).isEqualTo(0.25f);
        loss.mul(new Scalar(2)).backward();
        assertAll(logits.grad(), 3f);
      }
    }
  }

  @Test
  void attach_gradientInBfloat16_keepsTheValueAndScalesByPowersOfTwo() {
    ScalarType narrow = ScalarType.BFloat16;
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = randn(SIZES).to(narrow).set_requires_grad(true);
      Tensor gradient = randn(SIZES).to(narrow);
      Tensor loss = Autograd.attach(logits, gradient, scalar_tensor(new Scalar(0.3f)));
      assertThat(ElementTypes.of(loss)).isEqualTo(ScalarType.Float);
      assertThat(loss.item_float()).isEqualTo(0.3f);
      BackwardPasses.retaining(loss.mul(new Scalar(0x1p-20f)));
      assertThat(ElementTypes.of(logits.grad())).isEqualTo(narrow);
      assertThat(logits.grad().equal(gradient.mul(new Scalar(0x1p-20f)))).isTrue();
      logits.mutable_grad().reset();
      loss.mul(new Scalar(0.7f)).backward(); // no number of bfloat16: two roundings of 2^-9 each
      Tensor exact = gradient.to(ScalarType.Float).mul(new Scalar(0.7f));
      assertThat(logits.grad().to(ScalarType.Float).allclose(exact, 0x1p-7, 0, false)).isTrue();
    }
  }

  @Test
  void attach_eachWay_addsUpOverBackwardPassesAndLosses() {
    for (Way way : WAYS) {
      try (PointerScope scope = new PointerScope()) {
        Tensor logits = leaf();
        Tensor gradient = gradient();
        Tensor loss = way.attach(logits, gradient);
        BackwardPasses.retaining(loss);
        loss.backward();
        assertAll(logits.grad(), 3f);
        way.attach(logits, gradient()).add(way.attach(logits, gradient())).backward();
        assertAll(logits.grad(), 6f);
        assertAll(gradient, 1.5f); // the retained graph's
        assertThatThrownBy(loss::backward).hasMessageContaining("second time");
      }
    }
  }

  @Test
  void attach_eachWay_hasAGraphOfTheProductAndRefusesOneOfTheGradient() {
    for (Way way : WAYS) {
      try (PointerScope scope = new PointerScope()) {
        Tensor logits = leaf();
        Tensor weight = rand(1).set_requires_grad(true);
        Tensor loss = way.attach(logits, gradient()).mul(weight);
        Tensor first = BackwardPasses.gradient(loss, logits, true);
        assertThat(BackwardPasses.gradient(first.sum(), weight, true).item_float()).isEqualTo(180f);
        assertThatThrownBy(() -> BackwardPasses.gradient(first.sum(), logits, true))
            .hasMessageStartingWith("loss: expected to be differentiated once");
      }
    }
  }

  @Test
  void handingOut_oneFlowsIn_givesTheMemoryItselfAndLetsGoOfIt() {
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = leaf();
      Tensor gradient = gradient();
      handingOut(logits, gradient).backward();
      assertThat(logits.grad().data_ptr().address()).isEqualTo(gradient.data_ptr().address());
      assertThat(gradient.storage().use_count()).isEqualTo(2);
      logits.mutable_grad().reset();
      assertThat(gradient.storage().use_count()).isOne();
    }
  }

  @Test
  void handingOut_anotherNumberFlowsInOrTheGraphIsRetained_leavesTheMemoryAlone() {
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = leaf();
      Tensor gradient = gradient();
      handingOut(logits, gradient).mul(new Scalar(3)).backward();
      BackwardPasses.retaining(handingOut(logits, gradient));
      logits.mutable_grad().zero_();
      assertAll(gradient, 1.5f);
    }
  }
}

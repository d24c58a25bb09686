package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.full;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.scalar_tensor;

import java.util.List;
import java.util.function.BiFunction;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Both ways to tie a value into autograd; that for GPUs works on any device. */
class AutogradTest {
  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void attach_numberOrTensor_givesValueAndScaledGradient() {
    List<BiFunction<Tensor, Tensor, Tensor>> ways =
        List.of(
            (logits, gradient) -> Autograd.attach(logits, gradient, 0.25),
            (logits, gradient) ->
                Autograd.attach(logits, gradient, scalar_tensor(new Scalar(0.25f))));
    for (BiFunction<Tensor, Tensor, Tensor> way : ways) {
      try (PointerScope scope = new PointerScope()) {
        Tensor logits = randn(2, 3, 4, 5).set_requires_grad(true);
        Tensor gradient = full(new long[] {2, 3, 4, 5}, new Scalar(1.5f));
        Tensor loss = way.apply(logits, gradient);
        assertThat(loss.dim()).isZero();
        assertThat(loss.item_float()).isEqualTo(0.25f);
        loss.mul(new Scalar(2)).backward();
        assertThat(logits.grad().min().item_float()).isEqualTo(3f);
        assertThat(logits.grad().max().item_float()).isEqualTo(3f);
      }
    }
  }
}

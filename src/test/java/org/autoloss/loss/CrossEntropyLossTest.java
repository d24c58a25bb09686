package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;

import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code ce} against libtorch's cross entropy. */
class CrossEntropyLossTest {
  static {
    Libtorch.load();
  }

  private static final int CLASSES = 5;
  private static final long SUM = 2; // at::Reduction::Sum
  private static final long IGNORED = 255;

  private final PointerScope scope = new PointerScope();
  private final Tensor logits;
  private final Tensor labels;

  CrossEntropyLossTest() {
    manual_seed(3);
    logits = randn(2, CLASSES, 33, 17).set_requires_grad(true);
    labels = randint(CLASSES, new long[] {2, 33, 17});
  }

  private Tensor gradient(Tensor value) {
    value.backward();
    Tensor gradient = logits.grad().clone();
    logits.mutable_grad().reset();
    return gradient;
  }

  @ParameterizedTest
  @EnumSource(names = {"Byte", "Int", "Long"})
  void apply_allPixelsCount_isLibtorchsToTheBit(ScalarType type) {
    try (scope;
        Loss loss = new CrossEntropyLoss()) {
      Tensor expected = cross_entropy_loss(logits, labels);
      Tensor value = loss.apply(logits, labels.to(type));
      assertThat(value.item_float()).isEqualTo(expected.item_float());
      assertThat(gradient(value).equal(gradient(expected))).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Byte", "Int", "Long"})
  void apply_onePixelIgnored_isTheMeanOverTheOthersToTheBit(ScalarType type) {
    try (scope;
        Loss loss = new CrossEntropyLoss()) {
      labels.data_ptr_long().put(100, IGNORED);
      Tensor expected =
          cross_entropy_loss(logits, labels, new TensorOptional(), SUM, IGNORED, 0.0)
              .div(new Scalar(labels.numel() - 1));
      Tensor value = loss.apply(logits, labels.to(type));
      assertThat(value.item_float()).isEqualTo(expected.item_float());
      assertThat(gradient(value).equal(gradient(expected))).isTrue();
    }
  }

  @Test
  void apply_stridedLabels_areReadAsTheyAre() {
    try (scope;
        Loss loss = new CrossEntropyLoss()) {
      Tensor turned = labels.transpose(1, 2).contiguous().transpose(1, 2);
      assertThat(turned.is_contiguous()).isFalse();
      assertThat(loss.apply(logits, turned).item_float())
          .isEqualTo(cross_entropy_loss(logits, labels).item_float());
    }
  }
}

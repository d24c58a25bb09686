package org.autoloss.loss.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.tensor;
import static org.bytedeco.pytorch.global.torch.zeros;

import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BoxLossTest {
  static {
    Libtorch.load();
  }

  private static double value(BoxLoss loss, float[] a, float[] b) {
    try (PointerScope scope = new PointerScope()) {
      return loss.apply(tensor(a).view(-1, 4), tensor(b).view(-1, 4)).item_float();
    }
  }

  @Test
  void apply_knownBoxes_givesTheWorkedOutValue() {
    float[] unit = {0, 0, 2, 2};
    float[] shifted = {1, 1, 3, 3}; // overlap 1, union 7, hull 9
    float[] apart = {4, 0, 6, 2}; // hull 12, union 8
    assertThat(value(BoxLoss.IOU, unit, unit)).isCloseTo(0, within(1e-6));
    assertThat(value(BoxLoss.IOU, unit, shifted)).isCloseTo(1 - 1 / 7.0, within(1e-6));
    assertThat(value(BoxLoss.GIOU, unit, shifted)).isCloseTo(1 - 1 / 7.0 + 2 / 9.0, within(1e-6));
    assertThat(value(BoxLoss.IOU, unit, apart)).isCloseTo(1, within(1e-6));
    assertThat(value(BoxLoss.GIOU, unit, apart)).isCloseTo(1 + 4 / 12.0, within(1e-6));
  }

  @ParameterizedTest
  @EnumSource
  void apply_oneCoordinateMoved_hasTheGradientOfCentralDifferences(BoxLoss loss) {
    float[] target = {0.5f, 0.25f, 2.5f, 3};
    float[] predicted = {0, 0, 2, 2};
    try (PointerScope scope = new PointerScope()) {
      Tensor a = tensor(predicted).view(1, 4).set_requires_grad(true);
      loss.apply(a, tensor(target).view(1, 4)).backward();
      float[] gradient = new float[4];
      a.grad().data_ptr_float().get(gradient);
      float step = 1.0f / 256; // float32 values have an error of some 1e-7: 5e-5 in the quotient
      for (int i = 0; i < 4; i++) {
        float[] up = predicted.clone();
        float[] down = predicted.clone();
        up[i] += step;
        down[i] -= step;
        double difference = (value(loss, up, target) - value(loss, down, target)) / (2 * step);
        assertThat((double) gradient[i]).isCloseTo(difference, within(2e-4));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void apply_emptyOrDegenerateBoxes_staysFinite(BoxLoss loss) {
    float[] point = {1, 1, 1, 1};
    float[] inverted = {2, 2, 1, 1};
    assertThat(value(loss, point, point)).isFinite();
    assertThat(value(loss, inverted, point)).isFinite();
    try (PointerScope scope = new PointerScope()) {
      assertThat(loss.apply(zeros(0, 4), zeros(0, 4)).item_float()).isZero();
    }
  }

  @Test
  void apply_badShape_saysWhatWasExpected() {
    try (PointerScope scope = new PointerScope()) {
      assertThatThrownBy(() -> BoxLoss.IOU.apply(randn(3, 5), randn(3, 4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("predicted: expected shape [N,4], the same N for both, got [3, 5]");
      assertThatThrownBy(() -> BoxLoss.IOU.apply(randn(3, 4), randn(2, 4)))
          .hasMessage("target: expected shape [N,4], the same N for both, got [2, 4]");
    }
    assertThatThrownBy(() -> BoxLoss.of("diou_box"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("box loss: expected one of iou_box, giou_box, got 'diou_box'");
    assertThat(BoxLoss.of("giou_box")).isEqualTo(BoxLoss.GIOU);
  }
}

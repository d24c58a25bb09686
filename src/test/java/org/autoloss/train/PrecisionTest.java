package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.autoloss.Device;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.LossSet;
import org.autoloss.nn.Network;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PrecisionTest {
  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  private static Tensor logits(Network network, Precision precision) {
    Tensor images = torch.ones(2, 3, 16, 16).mul(torch.arange(new Scalar(16.0)));
    try (Precision.Scope scope = precision.on(Device.CPU)) {
      return network.forward(images, false);
    }
  }

  @Test
  void on_bfloat16_computesInItAndEndsWithTheScope() {
    try (PointerScope scope = new PointerScope();
        Network network = Network.of(Toy.NETWORK, 1)) {
      Tensor exact = logits(network, Precision.FLOAT32);
      Tensor narrow = logits(network, Precision.BFLOAT16);
      assertThat(exact.scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
      // Which type comes out depends on the last layer: a bias makes float32 of a product.
      assertThat(Precision.wide(narrow).scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
      double difference = Precision.wide(narrow).sub(exact).abs().max().item_double();
      double size = exact.abs().max().item_double();
      // 8 bits of mantissa, some ten layers.
      assertThat(difference).isGreaterThan(0).isLessThan(0.05 * size);
      assertThat(torch.is_autocast_enabled(torch.DeviceType.CPU)).isFalse();
      assertThat(logits(network, Precision.FLOAT32).equal(exact)).isTrue();
    }
  }

  @Test
  void on_bfloat16_weightsThatChange_areNotTakenFromACache() {
    try (PointerScope scope = new PointerScope();
        Network network = Network.of(Toy.NETWORK, 1)) {
      double before = Precision.wide(logits(network, Precision.BFLOAT16)).sum().item_double();
      network.parameters().values().mul_(new Scalar(2.0));
      double after = Precision.wide(logits(network, Precision.BFLOAT16)).sum().item_double();
      assertThat(after).isNotEqualTo(before);
    }
  }

  @Test
  void train_bfloat16_learnsTheSameBitsEachTimeWithGradientsOfFloat32() {
    float[] once = trained(Precision.BFLOAT16);
    assertThat(trained(Precision.BFLOAT16)).isEqualTo(once);
    assertThat(trained(Precision.FLOAT32)).isNotEqualTo(once);
  }

  private static float[] trained(Precision precision) {
    try (Network network = Network.of(Toy.NETWORK, 1);
        LossSet losses = LossSet.parse("ce", List.of("loss"))) {
      TrainingResult result =
          new Trainer(TrainingSettings.of(30, 0.1), StepListener.NONE)
              .train(Toy.model(network, 1, 1, precision), losses);
      assertThat(result.lastLoss()).isLessThan(0.7 * result.firstLoss());
      assertThat(network.parameters().gradients().scalar_type().intern())
          .isEqualTo(torch.ScalarType.Float);
      return Toy.weights(network);
    }
  }

  @Test
  void of_unknownName_saysSo() {
    assertThat(Precision.of("BFloat16")).isEqualTo(Precision.BFLOAT16);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Precision.of("float16"))
        .withMessage("precision: expected float32 or bfloat16, got 'float16'");
  }
}

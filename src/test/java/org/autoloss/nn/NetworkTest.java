package org.autoloss.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.rand;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.Map;
import org.autoloss.internal.Libtorch;
import org.autoloss.train.Toy;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @ParameterizedTest
  @CsvSource({"1,16,16", "2,33,7", "3,8,40", "1,5,5"})
  void forward_anySize_givesLogitsAtInputResolution(int n, int height, int width) {
    try (Network network = Network.of(Toy.NETWORK, 1);
        PointerScope scope = new PointerScope()) {
      Tensor logits = network.forward(zeros(n, 3, height, width), false);
      assertThat(logits.shape()).containsExactly(n, 4, height, width);
      assertThat(logits.is_contiguous()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unet", "fcn", "aspp"})
  void forward_everyKind_givesLogitsAtInputResolutionThatDependOnItsLayers(String kind) {
    try (Network network = Network.of(new NetworkSpec(kind + ":width=3", 5), 1);
        PointerScope scope = new PointerScope()) {
      Tensor logits = network.forward(rand(2, 3, 37, 41), true);
      assertThat(logits.shape()).containsExactly(2, 5, 37, 41);
      assertThat(logits.is_contiguous()).isTrue();
      logits.square().sum().backward();
      // a layer that is declared and not used would have no gradient
      float[] gradients = new float[(int) network.parameters().gradients().numel()];
      network.parameters().gradients().data_ptr_float().get(gradients);
      int zeros = 0;
      for (float gradient : gradients) {
        zeros += gradient == 0 ? 1 : 0;
      }
      assertThat(zeros).isLessThan(gradients.length / 20);
    }
  }

  @Test
  void of_sameSeed_givesSameWeightsWhateverLibtorchDrew() {
    float[] first = weights(7);
    manual_seed(99);
    assertThat(weights(7)).isEqualTo(first);
    assertThat(weights(8)).isNotEqualTo(first);
  }

  @Test
  void of_weights_haveTheVarianceOfHe() {
    NetworkSpec spec = new NetworkSpec("unet:width=16", 4);
    try (Network network = Network.of(spec, 3)) {
      float[] weights = network.parameters().get("context2.conv.weight").toArray();
      double square = 0;
      for (float weight : weights) {
        square += weight * weight;
      }
      // 36,864 draws: the mean square has a relative standard deviation of sqrt(2/n) = 0.7 %.
      assertThat(square / weights.length * (64 * 9) / 2).isBetween(0.96, 1.04);
    }
  }

  @Test
  void of_unetOfWidthOne_throws() {
    assertThatThrownBy(() -> Network.of(new NetworkSpec("unet:width=1", 2), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("width: expected 2 to 1024, got 1");
  }

  @Test
  void resetHead_trainedNetwork_changesTheHeadAlone() {
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      float[] before = FloatArrays.read(network.parameters().values());
      network.resetHead(5);
      float[] after = FloatArrays.read(network.parameters().values());
      int head = 4 * Toy.WIDTH + 4;
      for (int i = 0; i < before.length - head; i++) {
        assertThat(after[i]).isEqualTo(before[i]);
      }
      assertThat(after[before.length - head]).isNotEqualTo(before[before.length - head]);
    }
  }

  @Test
  void network_madeInsideAPointerScope_outlivesIt() {
    Network network;
    try (PointerScope scope = new PointerScope()) {
      network = Network.of(Toy.NETWORK, 1);
    }
    try (network;
        PointerScope scope = new PointerScope()) {
      assertThat(network.forward(zeros(1, 3, 16, 16), false).dim()).isEqualTo(4);
    }
  }

  @Test
  void forward_closedNetwork_throws() {
    Network network = Network.of(Toy.NETWORK, 1);
    network.close();
    network.close();
    try (PointerScope scope = new PointerScope()) {
      Tensor images = zeros(1, 3, 16, 16);
      assertThatThrownBy(() -> network.forward(images, false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("network: it is closed");
    }
  }

  @Test
  void forward_wrongShape_namesIt() {
    try (Network network = Network.of(Toy.NETWORK, 1);
        PointerScope scope = new PointerScope()) {
      Tensor images = zeros(1, 4, 16, 16);
      assertThatThrownBy(() -> network.forward(images, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("images: expected shape [N,3,H,W], got [1, 4, 16, 16]");
    }
  }

  private static float[] weights(long seed) {
    try (Network network = Network.of(Toy.NETWORK, seed)) {
      return FloatArrays.read(network.parameters().values());
    }
  }

  @Test
  void outputs_auxiliaryHead_belongToTheCallersScope() {
    NetworkSpec spec = new NetworkSpec("fcn:mobilenet_v2,auxiliary", 3);
    try (Network network = Network.of(spec, 1);
        PointerScope scope = new PointerScope()) {
      Tensor images = rand(2, 3, 32, 48);
      Map<String, Tensor> outputs = network.outputs(images, true);
      assertThat(outputs.keySet())
          .containsExactlyInAnyOrder(Architecture.MAIN, Architecture.AUXILIARY);
      for (Tensor each : outputs.values()) {
        assertThat(each.shape()).containsExactly(2, 3, 32, 48);
        assertThat(each.referenceCount()).isEqualTo(1);
      }
    }
  }

  @Test
  void of_frozenStages_haveNoGradient() {
    NetworkSpec spec = new NetworkSpec("fcn:mobilenet_v2,frozen_stages=1", 3);
    try (Network network = Network.of(spec, 1)) {
      assertThat(network.parameters().get("backbone.features.3.conv.2.weight").frozen()).isTrue();
      assertThat(network.parameters().get("backbone.features.4.conv.2.weight").frozen()).isFalse();
    }
  }
}

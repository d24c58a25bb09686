package org.autoloss.nn.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.autoloss.internal.Libtorch;
import org.autoloss.nn.FormulaWeights;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.nn.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class PoseNetworksTest {
  @Test
  void forward_mobileNetV2_givesHeatMapsAtAQuarter() {
    Libtorch.load();
    NetworkSpec spec = new NetworkSpec("simplebaseline:mobilenet_v2,channels=8", 5);
    try (Network network = Network.of(spec, 1);
        PointerScope scope = new PointerScope()) {
      Tensor maps = network.forward(torch.rand(2, 3, 64, 96), true);
      assertThat(maps.shape()).containsExactly(2, 5, 16, 24);
      assertThat(maps.is_contiguous()).isTrue();
      maps.square().sum().backward();
      Tensor gradient = network.parameters().get("head.deconv_layers.0.weight").tensor().grad();
      assertThat(gradient.abs().max().item_double()).isPositive();
      assertThat(network.parameters().get("backbone.features.18.0.weight").shape())
          .containsExactly(1280, 320, 1, 1);
    }
  }

  @Test
  void declare_resNet101_hasItsStagesAndThreeDeconvolutions() {
    Scope scope = Scope.root();
    new PoseNetworks().declare("simplebaseline", "resnet101", 17, scope);
    Map<String, long[]> shapes = FormulaWeights.shapes(scope);
    assertThat(shapes.get("backbone.layer3.22.conv3.weight")).containsExactly(1024, 256, 1, 1);
    assertThat(shapes.get("head.deconv_layers.0.weight")).containsExactly(2048, 256, 4, 4);
    assertThat(shapes.get("head.deconv_layers.6.weight")).containsExactly(256, 256, 4, 4);
    assertThat(shapes.get("head.final_layer.weight")).containsExactly(17, 256, 1, 1);
    assertThat(shapes.get("head.final_layer.bias")).containsExactly(17);
  }

  @Test
  void declare_auxiliaryHead_isRefused() {
    assertThatThrownBy(() -> new NetworkSpec("simplebaseline:auxiliary", 5).requireKnown())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "simplebaseline: expected the options channels, frozen_stages, norm, output_stride, got"
                + " 'auxiliary'");
  }
}

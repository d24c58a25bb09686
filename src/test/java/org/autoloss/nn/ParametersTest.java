package org.autoloss.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.rand;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {
  private static final NetworkSpec FCN = new NetworkSpec("fcn:width=2", 3);

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void names_fcn_areThoseOfPyTorchsModules() {
    try (Network network = Network.of(FCN, 1)) {
      Parameters parameters = network.parameters();
      assertThat(parameters.names())
          .startsWith(
              "down1.conv.weight",
              "down1.bn.weight",
              "down1.bn.bias",
              "down1.bn.running_mean",
              "down1.bn.running_var",
              "down1.bn.num_batches_tracked",
              "down2.conv.weight")
          .endsWith("deep2.bn.num_batches_tracked", "head.weight", "head.bias")
          .hasSize(5 * 6 + 2);
      assertThat(parameters.get("down1.conv.weight").shape()).containsExactly(4, 3, 3, 3);
      assertThat(parameters.get("deep1.bn.running_var").shape()).containsExactly(8);
      assertThat(parameters.get("head.weight").shape()).containsExactly(3, 8, 1, 1);
      assertThatThrownBy(() -> parameters.get("head.scale"))
          .hasMessage("parameter: expected a name of the network, got head.scale");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "unet,979c69d941a74485e4347391,3637f26000e2d1de03a7bbb3",
    "fcn,20603a2dcf6b1213d8190aec,9c9209537de515ce8c398001",
    "aspp,d958b975031082232eae90e9,410438ca86cb3c17c9e9a60e"
  })
  void initialise_seedOne_givesTheWeightsOfTheFirstVersion(
      String kind, String parameters, String statistics) throws NoSuchAlgorithmException {
    try (Network network = Network.of(new NetworkSpec(kind + ":width=4", 4), 1)) {
      assertThat(sha256(network, true)).startsWith(parameters);
      assertThat(sha256(network, false)).startsWith(statistics);
    }
  }

  @Test
  void freeze_part_hasNoGradientAndKeepsItsStatistics() {
    try (Network network = Network.of(FCN, 1);
        PointerScope scope = new PointerScope()) {
      Parameters parameters = network.parameters();
      parameters.freeze(List.of("down1", "deep1.bn"));
      network.forward(rand(2, 3, 16, 16), true).square().sum().backward();
      assertThat(gradient(parameters, "down1.conv.weight")).isZero();
      assertThat(gradient(parameters, "deep1.bn.weight")).isZero();
      assertThat(gradient(parameters, "deep1.conv.weight")).isPositive();
      assertThat(gradient(parameters, "down2.conv.weight")).isPositive();
      assertThat(parameters.get("down1.bn.running_mean").toArray()).containsOnly(0);
      assertThat(parameters.get("deep2.bn.running_mean").toArray()).doesNotContain(0);
      assertThat(parameters.get("down1.conv.weight").frozen()).isTrue();
    }
  }

  @Test
  void freeze_unknownPart_throws() {
    try (Network network = Network.of(FCN, 1)) {
      // a beginning of a name is no part: parts end at dots
      assertThatThrownBy(() -> network.parameters().freeze(List.of("down")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("network: expected a part that has parameters, such as down1, got 'down'");
    }
  }

  @Test
  void groups_likeParameters_areJoined() {
    try (Network network = Network.of(FCN, 1)) {
      Parameters parameters = network.parameters();
      long all = parameters.values().numel();
      assertThat(parameters.groups(List.of(), false))
          .containsExactly(new ParameterGroup(0, all, false, true));
      long head = 3 * 8 + 3;
      assertThat(parameters.groups(List.of("head"), false))
          .containsExactly(
              new ParameterGroup(0, all - head, false, true),
              new ParameterGroup(all - head, head, true, true));
      List<ParameterGroup> apart = parameters.groups(List.of("head"), true);
      assertThat(apart)
          .startsWith(
              new ParameterGroup(0, 4 * 27, false, true),
              new ParameterGroup(4 * 27, 8, false, false))
          .endsWith(
              new ParameterGroup(all - head, 24, true, true),
              new ParameterGroup(all - 3, 3, true, false))
          .hasSize(2 * 5 + 2);
      parameters.freeze(List.of("down1", "deep0"));
      assertThat(parameters.groups(List.of(), false))
          .hasSize(2)
          .startsWith(new ParameterGroup(4 * 27 + 8, 8 * 36 + 16, false, true));
    }
  }

  private static double gradient(Parameters parameters, String name) {
    Parameter parameter = parameters.get(name);
    Tensor gradient = parameters.gradients().narrow(0, parameter.offset(), parameter.count());
    return gradient.abs().sum().item_double();
  }

  /** Of all parameters, or of all buffers, in their order. */
  private static String sha256(Network network, boolean trained) throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String name : network.parameters().names()) {
      if (!name.endsWith(".num_batches_tracked")
          && network.parameters().get(name).trained() == trained) {
        float[] values = network.parameters().get(name).toArray();
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        digest.update(bytes.array());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}

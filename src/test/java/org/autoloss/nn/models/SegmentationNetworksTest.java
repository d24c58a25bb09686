package org.autoloss.nn.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Libtorch;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.FormulaWeights;
import org.autoloss.nn.Parameters;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentationNetworksTest {
  private static final FormulaWeights FORMULA =
      new FormulaWeights(JsonNodeFactory.instance.objectNode().put("gain", 3));

  private final Scope scope = Scope.root();

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @ParameterizedTest
  @CsvSource({
    "mobilenet_v2,8,12",
    "mobilenet_v2,16,6",
    "mobilenet_v2,32,3",
    "resnet18,8,12",
    "resnet18,16,6",
    "resnet18,32,3",
    "resnet34_v1c,8,12"
  })
  void levels_outputStride_isThatOfTheLastLevel(String backbone, int stride, int side) {
    Segmenter network =
        (Segmenter) declare("pspnet", backbone + ",channels=8,output_stride=" + stride);
    try (Parameters parameters = FORMULA.fill(scope);
        PointerScope pointers = new PointerScope()) {
      List<Tensor> levels = network.levels(FORMULA.input("x", 1, 3, 96, 96), Pass.EVALUATION);
      assertThat(levels).hasSize(4);
      assertThat(levels.get(0).size(2)).isEqualTo(24);
      assertThat(levels.get(3).size(2)).isEqualTo(side);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "deeplabv3plus;mobilenet_v2,channels=16,auxiliary;decode_head,auxiliary_head",
        "deeplabv3;resnet18,channels=16,auxiliary=true;classifier,aux_classifier",
        "fcn;resnet18,auxiliary,norm=frozen;classifier,aux_classifier",
        "pspnet;resnet18_v1c,channels=16;decode_head"
      })
  void outputs_training_haveTheImagesSizeAndReachEveryLayer(
      String name, String argument, String heads) {
    Architecture network = declare(name, argument);
    assertThat(network.heads()).containsExactly(heads.split(","));
    try (Parameters parameters = FORMULA.fill(scope);
        PointerScope pointers = new PointerScope()) {
      Map<String, Tensor> outputs =
          network.outputs(FORMULA.input("x", 2, 3, 40, 56), Pass.training(3));
      assertThat(outputs.keySet()).hasSize(heads.split(",").length).contains(Architecture.MAIN);
      outputs.values().forEach(each -> assertThat(each.shape()).containsExactly(2, 5, 40, 56));
      outputs.values().stream()
          .map(each -> each.square().sum())
          .reduce(Tensor::add)
          .orElseThrow()
          .backward();
      for (String parameter : parameters.names()) {
        boolean trained = !parameter.contains("num_batches") && parameters.get(parameter).trained();
        if (trained && !parameter.matches(".*(running|\\.bias|bn|stem\\.).*")) {
          Tensor gradient = parameters.get(parameter).tensor().grad();
          assertThat(gradient.abs().max().item_double()).as(parameter).isPositive();
        }
      }
    }
  }

  @Test
  void declare_frozenStages_namesThemInTheirNetwork() {
    assertThat(declare("deeplabv3plus", "resnet50_v1c,frozen_stages=1").frozen())
        .containsExactly("backbone.stem", "backbone.layer1");
    assertThat(declare("fcn", "mobilenet_v2,frozen_stages=1", Scope.root()).frozen())
        .containsExactly(
            "backbone.features.0",
            "backbone.features.1",
            "backbone.features.2",
            "backbone.features.3");
    assertThat(declare("fcn", "resnet18", Scope.root()).frozen()).isEmpty();
  }

  @Test
  void declare_hrnetW48_isTheTestedW18WithTheWidthsAndTheSizeThatWerePublished() {
    Map<String, long[]> narrow = highResolution("hrnetv2p_w18");
    Map<String, long[]> wide = highResolution("hrnetv2p_w48");
    assertThat(wide.keySet()).containsExactlyElementsOf(narrow.keySet());
    narrow.forEach(
        (name, shape) ->
            assertThat(wide.get(name))
                .as(name)
                .containsExactly(
                    Arrays.stream(shape).map(n -> n % 18 == 0 ? n / 18 * 48 : n).toArray()));
    long parameters =
        wide.entrySet().stream()
            .filter(each -> !each.getKey().matches(".*(running_|num_batches).*"))
            .mapToLong(each -> Arrays.stream(each.getValue()).reduce(1, (a, b) -> a * b))
            .sum();
    // The authors' HRNet-Semantic-Segmentation says 65.8M for Cityscapes.
    assertThat(parameters).isEqualTo(65_858_659);
  }

  private static Map<String, long[]> highResolution(String name) {
    Scope scope = Scope.root();
    new SegmentationNetworks().declare(name, "", 19, scope);
    return FormulaWeights.shapes(scope);
  }

  @Test
  void declare_mmsegmentationsResNet_beginsItsBlocksAsIdentity() {
    declare("pspnet", "resnet18_v1c");
    try (Parameters parameters = FORMULA.initialise(scope, 1)) {
      assertThat(parameters.get("backbone.layer2.1.bn2.weight").toArray()).containsOnly(0);
      assertThat(parameters.get("backbone.layer2.1.bn1.weight").toArray()).containsOnly(1);
    }
  }

  @Test
  void forward_oneValuePerChannel_isRefusedInTraining() {
    Architecture network = declare("deeplabv3plus", "mobilenet_v2,channels=4");
    try (Parameters parameters = FORMULA.fill(scope);
        PointerScope pointers = new PointerScope()) {
      Tensor image = FORMULA.input("x", 1, 3, 32, 32);
      assertThat(network.forward(image, Pass.EVALUATION).shape()).containsExactly(1, 5, 32, 32);
      assertThatThrownBy(() -> network.forward(image, Pass.training(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "batch: expected at least 2 values of each channel in training, got 1; give batches"
                  + " of at least 2 images, or larger ones");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "resnet102;deeplabv3plus: expected a backbone (mobilenet_v2, resnet18, resnet18_v1c,"
            + " resnet34, resnet34_v1c, resnet50, resnet50_v1c, resnet101, resnet101_v1c), got"
            + " resnet102",
        "resnet50,output_stride=4;deeplabv3plus: expected an output_stride of 8, 16 or 32, got 4",
        "output_stride=x;deeplabv3plus: output_stride: expected a number, got 'x'",
        "resnet50,channels=0;deeplabv3plus: expected channels from 1 to 4096, got 0",
        "resnet50,dropout=1;deeplabv3plus: expected a dropout from 0 to below 1, got 1.0",
        "resnet50,norm=group;deeplabv3plus: norm: expected batch or frozen, got 'group'",
        "resnet50,frozen_stages=5;deeplabv3plus: expected frozen_stages from 0, the stem alone,"
            + " to 4, got 5",
        "resnet50,width=8;deeplabv3plus: expected the options auxiliary, channels, dropout,"
            + " frozen_stages, norm, output_stride, got 'width'"
      })
  void declare_wrongArgument_saysWhatIsExpected(String argument, String message) {
    assertThatThrownBy(() -> declare("deeplabv3plus", argument))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private Architecture declare(String name, String argument) {
    return declare(name, argument, scope);
  }

  private static Architecture declare(String name, String argument, Scope scope) {
    return (name.equals("fcn") ? new SmallNetworks() : new SegmentationNetworks())
        .declare(name, argument, 5, scope);
  }
}

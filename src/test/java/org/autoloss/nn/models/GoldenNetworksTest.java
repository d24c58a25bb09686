package org.autoloss.nn.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.FormulaWeights;
import org.autoloss.nn.NetworkFactory;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Parameters;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Names, sizes and outputs of whole networks against PyTorch's, with weights by formula: a layer
 * left out, a wrong stride, dilation, padding or order would show in them.
 */
class GoldenNetworksTest {
  private static final String FOLDER = "networks";
  // Outputs differ from float64 by 1e-6 at most (the index says by how much): float32 sums in
  // another order, through a hundred layers.
  private static final double TOLERANCE = 1e-4;
  // A value within rounding of 0 before a ReLU may fall on either side: seen 1.04e-4.
  private static final double GRADIENT_TOLERANCE = 1e-3;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @TestFactory
  Stream<DynamicTest> network_weightsByFormula_equalsPyTorch() {
    return Golden.entries(FOLDER).stream()
        .filter(entry -> entry.path("mode").asText().equals("eval"))
        .map(entry -> DynamicTest.dynamicTest(entry.path("name").asText(), () -> check(entry)));
  }

  private static void check(JsonNode entry) throws Exception {
    try (PointerScope pointers = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Scope scope = Scope.root();
      Run run = declare(entry, scope);
      assertNames(entry, scope);
      FormulaWeights formula = new FormulaWeights(entry);
      try (Parameters parameters = formula.fill(scope)) {
        Tensor input = formula.input("input", longs(entry.path("input").path("shape")));
        assertOutputs(entry, run.on(input, Pass.EVALUATION));
      }
    }
  }

  /** All that an entry may ask for, by name. */
  private interface Run {
    Map<String, Tensor> on(Tensor images, Pass pass);
  }

  private static Run declare(JsonNode entry, Scope scope) {
    String network = entry.path("network").asText();
    int classes = entry.path("options").path("num_classes").asInt(1000);
    JsonNode dilated = entry.path("options").path("replace_stride_with_dilation");
    if (!dilated.isMissingNode()) {
      int stride = dilated.get(1).asBoolean() ? 8 : 16;
      ResNet.Plan plan = new ResNet.Plan(50, false, Norm.BATCH, stride, List.of());
      return classifier(ImageClassifier.resNet(scope, plan, classes));
    }
    return switch (network) {
      case "resnet18" -> classifier(ImageClassifier.resNet(scope, ResNet.Plan.of(18), classes));
      case "resnet34" -> classifier(ImageClassifier.resNet(scope, ResNet.Plan.of(34), classes));
      case "resnet50" -> classifier(ImageClassifier.resNet(scope, ResNet.Plan.of(50), classes));
      case "resnet101" -> classifier(ImageClassifier.resNet(scope, ResNet.Plan.of(101), classes));
      case "mobilenet_v2" -> classifier(ImageClassifier.mobileNetV2(scope, classes));
      case "deeplabv3_resnet50" -> segmenter("deeplabv3", "resnet50,auxiliary", classes, scope);
      case "fcn_resnet50" -> segmenter("fcn", "resnet50,auxiliary", classes, scope);
      case "deeplabv3plus_r50v1c_os8" ->
          segmenter("deeplabv3plus", "resnet50_v1c,auxiliary", classes, scope);
      case "deeplabv3plus_r50v1c_os16" ->
          segmenter("deeplabv3plus", "resnet50_v1c,output_stride=16", classes, scope);
      case "pspnet_r50v1c_os8" -> segmenter("pspnet", "resnet50_v1c", classes, scope);
      case "simple_baseline_resnet18" -> pose("resnet18", scope);
      case "simple_baseline_resnet50" -> pose("resnet50", scope);
      default -> segmenter(network, "", classes, scope);
    };
  }

  private static Run classifier(ImageClassifier network) {
    return (images, pass) -> {
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      List<Tensor> levels = network.backbone().levels(images, pass);
      for (int i = 0; i < 4; i++) {
        outputs.put("layer" + (i + 1), levels.get(i));
        outputs.put("features." + MobileNetV2.WHOLE.get(i), levels.get(i));
      }
      outputs.put("logits", network.forward(images, pass));
      return outputs;
    };
  }

  private static Run pose(String backbone, Scope scope) {
    SimpleBaseline network =
        (SimpleBaseline) new PoseNetworks().declare("simplebaseline", backbone, 17, scope);
    return (images, pass) ->
        Map.of(
            "layer4",
            network.levels(images, pass).get(3),
            "heatmaps",
            network.forward(images, pass));
  }

  private static Run segmenter(String name, String argument, int classes, Scope scope) {
    NetworkFactory factory = name.equals("fcn") ? new SmallNetworks() : new SegmentationNetworks();
    Segmenter network = (Segmenter) factory.declare(name, argument, classes, scope);
    boolean torchvision = network.heads().contains("classifier");
    return (images, pass) -> {
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      List<Tensor> levels = network.levels(images, pass);
      for (int i = 0; i < 4; i++) {
        outputs.put("backbone.layer" + (i + 1), levels.get(i));
        outputs.put("c" + (i + 1), levels.get(i));
      }
      Map<String, Tensor> coarse = network.coarse(images, pass);
      outputs.put(torchvision ? "classifier" : "logits", coarse.get(Architecture.MAIN));
      outputs.put("auxiliary", coarse.get(Architecture.AUXILIARY));
      outputs.putAll(network.outputs(images, pass));
      assertThat(network.forward(images, pass).equal(outputs.get(Architecture.MAIN))).isTrue();
      return outputs;
    };
  }

  private static void assertOutputs(JsonNode entry, Map<String, Tensor> outputs) {
    for (Map.Entry<String, JsonNode> expected : entry.path("outputs").properties()) {
      Tensor got = outputs.get(expected.getKey());
      assertThat(got.shape())
          .as(expected.getKey())
          .containsExactly(longs(expected.getValue().path("shape")));
      assertSameNumbers(expected.getKey(), expected.getValue(), got);
    }
  }

  private static void assertSameNumbers(String name, JsonNode expected, Tensor got) {
    double norm = expected.path("norm").asDouble();
    assertThat(got.to(ScalarType.Double).norm().item_double())
        .as(name)
        .isCloseTo(norm, offset(TOLERANCE * norm));
    boolean sampled = expected.has("sampleFile");
    float[] values = floats(Golden.array(FOLDER, expected, sampled ? "sampleFile" : "file"));
    float[] all = new float[(int) got.numel()];
    got.contiguous().data_ptr_float().get(all);
    double square = 0;
    double difference = 0;
    for (int i = 0; i < values.length; i++) {
      float value = all[(int) ((long) i * all.length / values.length)];
      square += (double) values[i] * values[i];
      difference += Math.pow((double) value - values[i], 2);
    }
    assertThat(Math.sqrt(difference)).as(name).isLessThanOrEqualTo(TOLERANCE * Math.sqrt(square));
  }

  private static void assertNames(JsonNode entry, Scope scope) throws Exception {
    Map<String, long[]> shapes = FormulaWeights.shapes(scope);
    if (entry.has("names")) {
      JsonNode names =
          new ObjectMapper()
              .readTree(Files.readString(Golden.file(FOLDER, entry.path("names").asText())));
      Map<String, String> expected = new LinkedHashMap<>();
      names.forEach(each -> expected.put(each.get(0).asText(), sizes(longs(each.get(1)))));
      Map<String, String> got = new LinkedHashMap<>();
      shapes.forEach((name, shape) -> got.put(name, sizes(shape)));
      assertThat(got).containsExactlyEntriesOf(expected);
    }
    String listing =
        shapes.entrySet().stream()
            .map(each -> each.getKey() + " " + sizes(each.getValue()) + "\n")
            .collect(Collectors.joining());
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(listing.getBytes(StandardCharsets.UTF_8));
    assertThat(shapes).hasSize(entry.path("count").asInt());
    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(entry.path("namesSha256").asText());
  }

  @Test
  void resNet18_trainingStep_hasPyTorchsGradientsAndStatistics() {
    JsonNode entry =
        Golden.entries(FOLDER).stream()
            .filter(each -> each.path("name").asText().equals("resnet18_train"))
            .findFirst()
            .orElseThrow();
    try (PointerScope pointers = new PointerScope()) {
      Scope scope = Scope.root();
      ImageClassifier network = ImageClassifier.resNet(scope, ResNet.Plan.of(18), 1000);
      FormulaWeights formula = new FormulaWeights(entry);
      try (Parameters parameters = formula.fill(scope)) {
        Tensor input = formula.input("input", 4, 3, 64, 64).set_requires_grad(true);
        Tensor logits = network.forward(input, Pass.training(1));
        Tensor loss = logits.mul(formula.input("cotangent", 4, 1000)).sum();
        loss.backward();
        double value = entry.path("loss").asDouble();
        assertThat(loss.item_double()).isCloseTo(value, offset(TOLERANCE * Math.abs(value)));
        assertOutputs(entry, "logits", logits);
        assertOutputs(entry, "inputGradient", input.grad());
        for (String name : List.of("bn1", "layer4.1.bn2")) {
          for (String kind : List.of(".running_mean", ".running_var")) {
            assertOutputs(entry, name + kind, parameters.get(name + kind).tensor());
          }
        }
        assertGradientNorms(entry, parameters);
      }
    }
  }

  @Test
  void simpleBaseline_lossOfHeatMaps_hasPyTorchsGradientsWhereSomeAreLeftOut() {
    JsonNode entry =
        Golden.entries(FOLDER).stream()
            .filter(each -> each.path("name").asText().equals("pose_loss"))
            .findFirst()
            .orElseThrow();
    try (PointerScope pointers = new PointerScope();
        Loss loss = Loss.parse("mse", LossInput.HEATMAP)) {
      Scope scope = Scope.root();
      Architecture network = new PoseNetworks().declare("simplebaseline", "resnet18", 17, scope);
      FormulaWeights formula = new FormulaWeights(entry);
      try (Parameters parameters = formula.fill(scope)) {
        Tensor maps = network.forward(formula.input("input", 2, 3, 128, 96), Pass.EVALUATION);
        Tensor target =
            formula.input("target", 2, 17, 32, 24).add(new Scalar(1)).div(new Scalar(2));
        Tensor present = formula.input("weight", 2, 17).gt(new Scalar(-0.4));
        Tensor value = loss.apply(new Pair(maps, target).withPresent(present.to(ScalarType.Float)));
        value.backward();
        double expectedLoss = entry.path("loss").asDouble();
        assertThat(value.item_double()).isCloseTo(expectedLoss, offset(TOLERANCE * expectedLoss));
        assertGradientNorms(entry, parameters);
      }
    }
  }

  private static void assertGradientNorms(JsonNode entry, Parameters parameters) {
    for (Map.Entry<String, JsonNode> norm : entry.path("gradientNorms").properties()) {
      double expected = norm.getValue().asDouble();
      Tensor gradient = parameters.get(norm.getKey()).tensor().grad();
      assertThat(gradient.norm().item_double())
          .as(norm.getKey())
          .isCloseTo(expected, offset(GRADIENT_TOLERANCE * expected));
    }
  }

  private static void assertOutputs(JsonNode entry, String name, Tensor got) {
    assertSameNumbers(name, entry.path("outputs").path(name), got);
  }

  private static String sizes(long[] shape) {
    return Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong();
    }
    return values;
  }

  private static float[] floats(Npy array) {
    float[] values = new float[array.data().remaining() / Float.BYTES];
    array.data().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}

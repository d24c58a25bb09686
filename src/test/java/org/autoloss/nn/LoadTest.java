package org.autoloss.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.autoloss.Device;
import org.autoloss.internal.Libtorch;
import org.autoloss.nn.models.ImageClassifier;
import org.autoloss.nn.models.ResNet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights of one network in another. */
class LoadTest {
  private static final NetworkSpec PSPNET = new NetworkSpec("pspnet:resnet18,channels=8", 3);

  @TempDir private Path folder;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void load_backbonesOwnFile_fillsTheBackboneAlone() throws IOException {
    StateDict published = resNet18(name -> name);
    try (Network network = Network.of(PSPNET, 1)) {
      Parameters parameters = network.parameters();
      float[] head = parameters.get("decode_head.conv_seg.weight").toArray();
      LoadReport report = network.load(published);
      assertThat(parameters.get("backbone.layer3.1.conv2.weight").toArray())
          .isEqualTo(published.get("layer3.1.conv2.weight").floats());
      assertThat(parameters.get("backbone.bn1.running_var").toArray())
          .isEqualTo(published.get("bn1.running_var").floats());
      assertThat(parameters.get("decode_head.conv_seg.weight").toArray()).isEqualTo(head);
      assertThat(report.used())
          .hasSize(120)
          .containsEntry("backbone.layer1.0.conv1.weight", "layer1.0.conv1.weight");
      assertThat(report.missing()).allMatch(name -> name.startsWith("decode_head."));
      assertThat(report.mismatched()).isEmpty();
      assertThat(report.left()).containsExactly("fc.weight", "fc.bias");
      assertThat(report.summary())
          .isEqualTo("used 120 tensors; 27 fresh (decode_head); 2 left in the file (fc)");
    }
  }

  @ParameterizedTest
  @CsvSource({"module.", "module.backbone.", "backbone."})
  void load_prefixes_areSeenThrough(String prefix) throws IOException {
    StateDict published = resNet18(name -> prefix + name);
    try (Network network = Network.of(PSPNET, 1)) {
      assertThat(network.load(published).used()).hasSize(120);
      assertThat(network.parameters().get("backbone.conv1.weight").toArray())
          .isEqualTo(published.get(prefix + "conv1.weight").floats());
    }
  }

  @Test
  void load_headOfOtherClasses_staysFresh() throws IOException {
    Path file = folder.resolve("other.safetensors");
    try (Network other = Network.of(new NetworkSpec(PSPNET.text(), 7), 2)) {
      other.checkpoint().write(file);
    }
    try (Network network = Network.of(PSPNET, 1)) {
      LoadReport report = network.load(StateDict.read(file));
      assertThat(report.mismatched())
          .containsExactly("decode_head.conv_seg.weight", "decode_head.conv_seg.bias");
      assertThat(report.missing()).isEmpty();
      assertThat(report.left()).isEmpty();
      assertThat(report.summary())
          .isEqualTo("used 150 tensors; 2 of another size, so fresh (decode_head)");
    }
  }

  @Test
  void load_noNameFits_throws() throws IOException {
    StateDict strange = StateDict.read(Path.of("src/test/resources/pth/zip.pth"));
    try (Network network = Network.of(PSPNET, 1)) {
      assertThatThrownBy(() -> network.load(strange))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "weights: expected some of the network's names, such as backbone.conv1.weight, got"
                  + " conv.weight, half, bfloat,");
    }
  }

  @Test
  void load_notFinite_throws() throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>(resNet18(name -> name).tensors());
    tensors.put("bn1.bias", TensorData.of(new float[64], 64));
    tensors.get("bn1.bias").floats()[3] = Float.NaN;
    try (Network network = Network.of(PSPNET, 1)) {
      assertThatThrownBy(() -> network.load(new StateDict(tensors, Map.of())))
          .hasMessage("weights: expected finite numbers, got NaN in bn1.bias");
    }
  }

  @Test
  void find_oldDetectionFiles_haveTheirNames() {
    PublishedNames names =
        new PublishedNames(
            Set.of(
                "backbone.body.conv1.weight",
                "backbone.fpn.inner_blocks.2.weight",
                "rpn.head.conv.bias",
                "roi_heads.mask_head.mask_fcn3.weight"));
    assertThat(names.find("backbone.body.conv1.weight")).hasValue("backbone.body.conv1.weight");
    assertThat(names.find("backbone.fpn.inner_blocks.2.0.weight"))
        .hasValue("backbone.fpn.inner_blocks.2.weight");
    assertThat(names.find("rpn.head.conv.0.0.bias")).hasValue("rpn.head.conv.bias");
    assertThat(names.find("roi_heads.mask_head.2.0.weight"))
        .hasValue("roi_heads.mask_head.mask_fcn3.weight");
    assertThat(names.find("roi_heads.mask_head.1.0.weight")).isEmpty();
    PublishedNames mobile = new PublishedNames(Set.of("features.0.0.weight"));
    assertThat(mobile.find("backbone.body.0.0.weight")).hasValue("features.0.0.weight");
    assertThat(mobile.find("backbone.features.0.0.weight")).hasValue("features.0.0.weight");
  }

  @ParameterizedTest
  @CsvSource({"backbone.", "''", "module.backbone."})
  void load_mobileNetUnderMmsegmentationsNames_usesAllWithTheSameOutputs(String prefix)
      throws IOException {
    NetworkSpec spec = new NetworkSpec("deeplabv3plus:mobilenet_v2,channels=8", 3);
    try (PointerScope pointers = new PointerScope();
        Network torchvision = Network.of(spec, 1);
        Network other = Network.of(spec, 2)) {
      StateDict ours = torchvision.checkpoint().state();
      Map<String, TensorData> file = underMmsegmentationsNames(ours, prefix);
      LoadReport report = other.load(new StateDict(file, Map.of()));
      assertThat(report.used()).hasSize(ours.tensors().size());
      assertThat(report.missing()).isEmpty();
      assertThat(report.mismatched()).isEmpty();
      assertThat(report.left()).isEmpty();
      Tensor images = new FormulaWeights(NullNode.instance).input("x", 1, 3, 33, 47);
      assertThat(other.forward(images, false).equal(torchvision.forward(images, false))).isTrue();
    }
  }

  /** The same tensors in the same order, the backbone's under the names that are expected there. */
  private static Map<String, TensorData> underMmsegmentationsNames(StateDict ours, String prefix) {
    Iterator<Map.Entry<String, long[]>> names = mmsegmentationsMobileNet().entrySet().iterator();
    boolean parallel = prefix.startsWith("module.");
    Map<String, TensorData> file = new LinkedHashMap<>();
    ours.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("backbone.")) {
                Map.Entry<String, long[]> next = names.next();
                assertThat(tensor.shape()).as(name).isEqualTo(next.getValue());
                file.put(prefix + next.getKey(), tensor);
              } else {
                file.put((parallel ? "module." : "") + name, tensor);
              }
            });
    assertThat(names.hasNext()).isFalse();
    return file;
  }

  /** From its arguments there: expansion, channels and blocks of each layer. */
  private static Map<String, long[]> mmsegmentationsMobileNet() {
    int[][] layers = {
      {1, 16, 1}, {6, 24, 2}, {6, 32, 3}, {6, 64, 4}, {6, 96, 3}, {6, 160, 3}, {6, 320, 1}
    };
    Map<String, long[]> shapes = new LinkedHashMap<>();
    addModule(shapes, "conv1", 32, 3, 3);
    int in = 32;
    for (int layer = 0; layer < layers.length; layer++) {
      int out = layers[layer][1];
      for (int block = 0; block < layers[layer][2]; block++) {
        String conv = "layer" + (layer + 1) + "." + block + ".conv.";
        int wide = in * layers[layer][0];
        int at = 0;
        if (wide != in) {
          addModule(shapes, conv + at++, wide, in, 1);
        }
        addModule(shapes, conv + at++, wide, 1, 3);
        addModule(shapes, conv + at, out, wide, 1);
        in = out;
      }
    }
    return shapes;
  }

  private static void addModule(
      Map<String, long[]> shapes, String name, long out, long in, long kernel) {
    shapes.put(name + ".conv.weight", new long[] {out, in, kernel, kernel});
    for (String leaf : List.of("weight", "bias", "running_mean", "running_var")) {
      shapes.put(name + ".bn." + leaf, new long[] {out});
    }
    shapes.put(name + ".bn.num_batches_tracked", new long[0]);
  }

  @Test
  void find_mmpretrainsMobileNet_hasItsWidestLayerAsWell() {
    PublishedNames names =
        new PublishedNames(Set.of("backbone.conv2.conv.weight", "backbone.conv2.bn.bias"));
    assertThat(names.find("backbone.body.18.0.weight")).hasValue("backbone.conv2.conv.weight");
    assertThat(names.find("backbone.body.18.1.bias")).hasValue("backbone.conv2.bn.bias");
    assertThat(names.find("backbone.body.17.1.bias")).isEmpty();
    assertThat(names.find("backbone.body.18.2.bias")).isEmpty();
    assertThat(names.find("backbone.body.19.conv.0.0.weight")).isEmpty();
    assertThat(names.find("backbone.body.3.conv.4.weight")).isEmpty();
  }

  private static StateDict resNet18(UnaryOperator<String> naming) {
    Scope scope = Scope.root();
    ImageClassifier.resNet(scope, ResNet.Plan.of(18), 10);
    try (Parameters parameters = new Parameters(scope, Device.CPU)) {
      parameters.initialise(5);
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      parameters.state().tensors().forEach((name, each) -> tensors.put(naming.apply(name), each));
      return new StateDict(tensors, Map.of());
    }
  }
}

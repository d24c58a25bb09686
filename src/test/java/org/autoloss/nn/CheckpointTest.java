package org.autoloss.nn;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.train.Toy;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
  // Written by the last commit before version 2: a network of seed 5 that has seen two batches.
  private static final Path VERSION_ONE = Path.of("src/test/resources/checkpoints/version-1.ckpt");

  @TempDir private Path folder;

  @Test
  void read_writtenCheckpoint_givesTheSameNetwork() throws IOException {
    Path file = folder.resolve("deep/er/net.ckpt");
    try (Network network = Network.of(Toy.NETWORK, 3);
        PointerScope scope = new PointerScope()) {
      Tensor images = torch.ones(2, 3, 16, 16);
      network.forward(images, true); // moves the running statistics
      network.checkpoint().withNotes(Map.of("loss", "ce")).write(file);
      Checkpoint read = Checkpoint.read(file);
      assertThat(read.notes()).containsExactly(Map.entry("loss", "ce"));
      try (Network copy = Network.of(read)) {
        assertThat(copy.spec()).isEqualTo(Toy.NETWORK);
        assertThat(copy.forward(images, false).equal(network.forward(images, false))).isTrue();
      }
    }
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file); // no temporary file stays
    }
  }

  @Test
  void write_anyNetwork_isSafetensorsUnderPyTorchsNames() throws IOException {
    StateDict state = StateDict.read(write());
    assertThat(state.tensors()).containsKeys("fine.conv.weight", "fine.bn.num_batches_tracked");
    assertThat(state.metadata())
        .containsEntry("format", "pt")
        .containsEntry("autoloss.network", "unet:width=4")
        .containsEntry("autoloss.classes", "4")
        .containsEntry("loss", "ce");
  }

  @Test
  void read_networkWithoutAFactory_isReadAndCannotBeMade() throws IOException {
    Path file = folder.resolve("own.ckpt");
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("weight", TensorData.of(new float[] {1, 2}, 2, 1));
    tensors.put("steps", TensorData.of(9));
    NetworkSpec spec = new NetworkSpec("Mine:depth=3,Shape=Wide", 1);
    new Checkpoint(spec, new StateDict(tensors, Map.of()), Map.of()).write(file);
    Checkpoint read = Checkpoint.read(file);
    Files.delete(file); // the values are in memory
    assertThat(read.spec().text()).isEqualTo("mine:depth=3,Shape=Wide");
    assertThat(read.state().get("weight").floats()).containsExactly(1, 2);
    assertThat(read.state().get("steps").longs()).containsExactly(9);
    assertThatThrownBy(() -> Network.of(read))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("network: expected one of .*fcn.*unet, got 'mine'");
  }

  @Test
  void read_versionOne_givesTheSameNetwork() throws IOException {
    Checkpoint read = Checkpoint.read(VERSION_ONE);
    assertThat(read.spec()).isEqualTo(new NetworkSpec("fcn:width=2", 3));
    assertThat(read.notes()).containsEntry("loss", "ce").containsEntry("steps", "2").hasSize(3);
    try (Network network = Network.of(read);
        Network fresh = Network.of(read.spec(), 5);
        PointerScope scope = new PointerScope()) {
      assertThat(FloatArrays.read(network.parameters().values()))
          .isEqualTo(FloatArrays.read(fresh.parameters().values()));
      Tensor images = torch.linspace(new Scalar(-1), new Scalar(1), 2 * 3 * 16 * 16);
      Tensor logits = network.forward(images.view(2, 3, 16, 16), false);
      // What the program gave that wrote the file, to a float's rounding.
      assertThat(logits.abs().sum().item_double()).isCloseTo(2.49439001, within(2e-6));
      assertThat(logits.sum().item_double()).isCloseTo(-2.00540257, within(2e-6));
    }
  }

  @Test
  void read_anyDamagedByte_namesTheFile() throws IOException {
    Path file = folder.resolve("net.ckpt");
    for (byte[] good : List.of(Files.readAllBytes(write()), Files.readAllBytes(VERSION_ONE))) {
      for (int at = 0; at < good.length; at += at < 1_000 ? 1 : 997) {
        byte[] bad = good.clone();
        bad[at] ^= 0x10;
        assertRefused(file, bad);
      }
    }
  }

  @Test
  void read_anyTruncation_namesTheFile() throws IOException {
    Path file = folder.resolve("net.ckpt");
    for (byte[] good : List.of(Files.readAllBytes(write()), Files.readAllBytes(VERSION_ONE))) {
      for (int length = 0; length < good.length; length += length < 200 ? 1 : 997) {
        assertRefused(file, Arrays.copyOf(good, length));
      }
    }
  }

  @Test
  void read_newerVersion_asksForANewerAutoLoss() throws IOException {
    Path file = folder.resolve("net.ckpt");
    new StateDict(Map.of(), Map.of("autoloss.version", "3")).write(file);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .hasMessage(file + ": expected checkpoint version 2, got 3; use a newer AutoLoss");
    byte[] bytes = Files.readAllBytes(VERSION_ONE);
    bytes[8] = 3;
    Files.write(file, bytes);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .hasMessage(file + ": expected checkpoint version 1, got 3; use a newer AutoLoss");
  }

  @Test
  void checkpoint_noteThatTheFileNeedsItself_throws() {
    for (String name : List.of("format", "autoloss.network")) {
      assertThatThrownBy(
              () ->
                  new Checkpoint(Toy.NETWORK, new StateDict(Map.of(), Map.of()), Map.of(name, "x")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got " + name);
    }
  }

  @ParameterizedTest
  @MethodSource("othersThanCheckpoints")
  void read_otherThanACheckpoint_saysWhatLiesThere(byte[] content, String expected)
      throws IOException {
    Path file = Files.write(folder.resolve("net.ckpt"), content);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + ": expected a checkpoint, got "
                + expected
                + "; give a file that autoloss train wrote");
  }

  static Stream<Arguments> othersThanCheckpoints() {
    return Stream.of(
        Arguments.of(new byte[0], "an empty file"),
        Arguments.of("{\"kind\": 1}".getBytes(UTF_8), "a JSON object"),
        Arguments.of("one\ntwo\n".getBytes(UTF_8), "a text file"),
        Arguments.of("<html>".getBytes(UTF_8), "an HTML or XML document"),
        Arguments.of("\u0093NUMPY\1\0".getBytes(ISO_8859_1), "a NumPy array"),
        Arguments.of("\u0089PNG\r\n\u001a\n".getBytes(ISO_8859_1), "a PNG image"),
        Arguments.of("PK\3\4\0\0".getBytes(ISO_8859_1), "a zip archive"),
        Arguments.of("\u0080\2}q\0.".getBytes(ISO_8859_1), "a Python pickle"),
        Arguments.of("\2\0\0\0\0\0\0\0{}".getBytes(ISO_8859_1), "a safetensors file"),
        Arguments.of(new byte[] {1, 2, 3}, "a file of another kind"));
  }

  @Test
  void read_nothingAFolderOrADevice_saysSo() throws IOException {
    assertRefusedAs(folder.resolve("none.ckpt"), "nothing");
    assertRefusedAs(Files.createDirectory(folder.resolve("folder.ckpt")), "a folder");
    assertRefusedAs(
        Files.createSymbolicLink(folder.resolve("link.ckpt"), folder.resolve("gone")),
        "a link to nothing");
    assertRefusedAs(Path.of("/dev/null"), "a device or a pipe");
  }

  @Test
  void read_fileOfThreeGigabytes_isRefusedBeforeItIsRead() throws IOException {
    Path other = sparse("big.json", new byte[] {'{'});
    assertRefusedAs(other, "a JSON object");
    Path checkpoint = sparse("big.ckpt", "ALCKPT\r\n".getBytes(UTF_8));
    assertThatThrownBy(() -> Checkpoint.read(checkpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("big.ckpt: expected a checkpoint of less than 2 GiB");
  }

  @Test
  void read_notFiniteWeight_namesItsLayer() throws IOException {
    Path file = folder.resolve("net.ckpt");
    try (Network network = Network.of(Toy.NETWORK, 3)) {
      poison(network, "fine.bn.weight", Float.NaN);
      network.checkpoint().write(file);
      assertThatThrownBy(() -> Checkpoint.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              file
                  + ": expected finite weights, got NaN in fine.bn.weight;"
                  + " train it again, with a smaller learning rate");
    }
    try (Network network = Network.of(Toy.NETWORK, 3)) {
      poison(network, "fine.bn.running_var", Float.POSITIVE_INFINITY);
      network.checkpoint().write(file);
      assertThatThrownBy(() -> Checkpoint.read(file))
          .hasMessageContaining("got Infinity in fine.bn.running_var;");
    }
  }

  private static void poison(Network network, String name, float value) {
    Parameter parameter = network.parameters().get(name);
    float[] values = parameter.toArray();
    values[1] = value;
    parameter.set(values);
  }

  @Test
  void read_moreDeclaredThanHeld_isRefusedBeforeMemoryIsTaken() throws IOException {
    Path file = folder.resolve("net.ckpt");
    NetworkSpec huge = new NetworkSpec("unet:width=1024", 1024);
    new Checkpoint(huge, new StateDict(Map.of(), Map.of()), Map.of()).write(file);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + ": fine.conv.weight: expected a tensor of shape [1024, 3, 3, 3],"
                + " as unet:width=1024 with 1024 classes has it, got none");
  }

  private Path sparse(String name, byte[] beginning) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(beginning);
      out.setLength(3L << 30);
    }
    return file;
  }

  private static void assertRefusedAs(Path file, String kind) {
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + ": expected a checkpoint, got " + kind + ";");
  }

  @Test
  void of_weightsOfAnotherNetwork_saysWhichEntryDiffers() {
    try (Network network = Network.of(Toy.NETWORK, 3)) {
      StateDict state = network.checkpoint().state();
      String as = ", as unet:width=4 with 4 classes has it, got ";
      assertUnfit(
          with(state, "head.weight", TensorData.of(new float[12], 3, 4, 1, 1)),
          "head.weight: expected a tensor of shape [4, 4, 1, 1]" + as + "[3, 4, 1, 1]");
      assertUnfit(
          with(state, "head.bias", null),
          "head.bias: expected a tensor of shape [4]" + as + "none");
      assertUnfit(
          with(state, "auxiliary.bias", TensorData.of(new float[1], 1)),
          "auxiliary.bias: expected the weights of unet:width=4 with 4 classes, got one more");
    }
  }

  private static StateDict with(StateDict state, String name, TensorData tensor) {
    Map<String, TensorData> tensors = new LinkedHashMap<>(state.tensors());
    tensors.compute(name, (key, old) -> tensor);
    return new StateDict(tensors, Map.of());
  }

  private static void assertUnfit(StateDict state, String message) {
    assertThatThrownBy(() -> Network.of(new Checkpoint(Toy.NETWORK, state, Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private Path write() throws IOException {
    Path file = folder.resolve("net.ckpt");
    try (Network network = Network.of(Toy.NETWORK, 3)) {
      network.checkpoint().withNotes(Map.of("loss", "ce")).write(file);
    }
    return file;
  }

  private static void assertRefused(Path file, byte[] content) throws IOException {
    Files.write(file, content);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file.toString());
  }
}

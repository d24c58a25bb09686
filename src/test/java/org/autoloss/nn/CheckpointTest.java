package org.autoloss.nn;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.train.Toy;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
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
  void read_anyDamagedByte_namesTheFile() throws IOException {
    Path file = write();
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at += at < 200 ? 1 : 997) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      assertRefused(file, bad);
    }
  }

  @Test
  void read_anyTruncation_namesTheFile() throws IOException {
    Path file = write();
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length < good.length; length += length < 200 ? 1 : 997) {
      assertRefused(file, Arrays.copyOf(good, length));
    }
  }

  @Test
  void read_newerVersion_asksForANewerAutoLoss() throws IOException {
    Path file = write();
    byte[] bytes = Files.readAllBytes(file);
    bytes[8] = 2;
    Files.write(file, bytes);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .hasMessage(file + ": expected checkpoint version 1, got 2; use a newer AutoLoss");
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
      Checkpoint good = network.checkpoint();
      good.parameters()[3 * Toy.NETWORK.width() * 9 + 1] = Float.NaN;
      good.write(file);
      assertThatThrownBy(() -> Checkpoint.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              file
                  + ": expected finite weights, got NaN in fine.bn.weight;"
                  + " train it again, with a smaller learning rate");
    }
    try (Network network = Network.of(Toy.NETWORK, 3)) {
      Checkpoint good = network.checkpoint();
      good.statistics()[Toy.NETWORK.width()] = Float.POSITIVE_INFINITY;
      good.write(file);
      assertThatThrownBy(() -> Checkpoint.read(file))
          .hasMessageContaining("got Infinity in fine.bn.running_var;");
    }
  }

  @Test
  void read_moreDeclaredThanHeld_isRefusedBeforeMemoryIsTaken() throws IOException {
    Path file = folder.resolve("net.ckpt");
    NetworkSpec huge = new NetworkSpec(NetworkSpec.Kind.UNET, 1024, 1024);
    new Checkpoint(huge, new float[3], new float[2], Map.of()).write(file);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(".*net.ckpt: parameters: expected \\d{9} values, got 3");
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
  void of_arraysOfAnotherNetwork_throws() {
    Checkpoint wrong = new Checkpoint(Toy.NETWORK, new float[3], new float[0], Map.of());
    assertThatThrownBy(() -> Network.of(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parameters: expected");
  }

  private Path write() throws IOException {
    Path file = folder.resolve("net.ckpt");
    try (Network network = Network.of(Toy.NETWORK, 3)) {
      network.checkpoint().write(file);
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

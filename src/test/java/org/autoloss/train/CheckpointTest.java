package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

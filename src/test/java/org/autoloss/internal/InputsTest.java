package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputsTest {
  @TempDir private Path folder;

  private Path file;
  private Inputs inputs;

  @BeforeEach
  void read() throws IOException {
    file = Files.writeString(folder.resolve("in.json"), "{}");
    Files.createDirectories(folder.resolve("data/images"));
    Files.writeString(folder.resolve("data/images/a.txt"), "a");
    Files.write(folder.resolve("data/net.ckpt"), "ALCKPT\r\n".getBytes());
    inputs = Inputs.of(List.of(file, folder.resolve("data"), folder.resolve("log")));
  }

  private void assertRefused(Path output) {
    assertThatThrownBy(() -> inputs.requireApart("--out", output))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--out: expected a file that this command does not read, got "
                + output
                + "; give another name");
  }

  @Test
  void requireApart_sameFileByAnyName_isRefused() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(elsewhere.resolve("link"), Path.of("../in.json"));
    Path chain = Files.createSymbolicLink(elsewhere.resolve("chain"), link);
    Path folderLink = Files.createSymbolicLink(folder.resolve("same"), folder);
    assertRefused(file);
    assertRefused(link);
    assertRefused(chain);
    assertRefused(folderLink.resolve("in.json"));
    assertRefused(folder.resolve("data/../in.json"));
    assertRefused(Files.createLink(folder.resolve("hard"), file));
  }

  @Test
  void requireApart_inputThatIsNotThereYet_isRefused() throws IOException {
    assertRefused(folder.resolve("log"));
    assertRefused(Files.createSymbolicLink(folder.resolve("link"), folder.resolve("log")));
    assertRefused(folder.resolve("data/../log"));
  }

  @Test
  void requireApart_fileInAFolder_isRefusedUnlessNewOrACheckpoint() {
    assertRefused(folder.resolve("data/images/a.txt"));
    for (String name : new String[] {"data/images/b.txt", "data/net.ckpt", "data2", "out"}) {
      assertThatCode(() -> inputs.requireApart("--out", folder.resolve(name)))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void requireApart_device_mayBeBoth() throws IOException {
    Path device = Path.of("/dev/null");
    Inputs devices = Inputs.of(List.of(device));
    assertThatCode(() -> devices.requireApart("--out", device)).doesNotThrowAnyException();
  }
}

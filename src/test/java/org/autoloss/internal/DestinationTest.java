package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {
  private static final String REMEDY = "give another one";

  @TempDir private Path folder;

  private List<Path> content() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"new", "a/b/c/new", "ü=new.json", "file"})
  void require_placeThatCanBeMade_leavesNothing(String name) throws IOException {
    Files.writeString(folder.resolve("file"), "old");
    List<Path> before = content();
    Destination.requireFile("--out", folder.resolve(name));
    Destination.requireFolder("--out", folder.resolve(name));
    if (!name.equals("file")) {
      Destination.requireNewFolder("--out", folder.resolve(name), REMEDY);
    }
    assertThat(content()).isEqualTo(before);
    assertThat(folder.resolve("file")).content().isEqualTo("old");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/"})
  void require_noName_namesTheOption(String path) {
    assertThatThrownBy(() -> Destination.requireFile("--out", Path.of(path)))
        .hasMessage("--out: expected the name of a file, got '" + path + "'; give one");
    assertThatThrownBy(() -> Destination.requireNewFolder("--dir", Path.of(path), REMEDY))
        .hasMessage("--dir: expected the name of a folder, got '" + path + "'; give one");
  }

  @Test
  void requireFile_folder_isRefused() throws IOException {
    for (Path path : List.of(folder, folder.resolve("."), Path.of(".."))) {
      assertThatThrownBy(() -> Destination.requireFile("--out", path))
          .hasMessage(path + ": expected a place to write to, got a folder; name a file in it");
    }
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    assertThatThrownBy(() -> Destination.requireFile("--out", link))
        .hasMessageContaining("got a folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "a/..", "a/."})
  void requireFolder_nameThatIsNone_isRefused(String path) {
    assertThatThrownBy(() -> Destination.requireFolder("--out", Path.of(path)))
        .hasMessage("--out: expected the name of a folder to make, got '" + path + "'; give one");
  }

  @Test
  void requireNewFolder_folderThatHoldsFilesOrFile_isRefusedWithTheRemedy() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> Destination.requireNewFolder("--out", folder, REMEDY))
        .hasMessage(
            folder + ": expected a new or empty folder, got one that holds files; " + REMEDY);
    assertThatThrownBy(() -> Destination.requireNewFolder("--out", file, REMEDY))
        .hasMessage(file + ": expected a new or empty folder, got a file; " + REMEDY);
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatCode(() -> Destination.requireNewFolder("--out", empty, REMEDY))
        .doesNotThrowAnyException();
  }

  @Test
  void require_fileInPlaceOfAFolder_isRefused() throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("a/b");
    for (boolean file : new boolean[] {true, false}) {
      assertThatThrownBy(() -> require(file, below))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(below + ": expected a place to write to, got a file where");
    }
  }

  @Test
  void require_nameTooLong_isRefusedAndLeavesNothing() throws IOException {
    List<Path> before = content();
    String tooLong = "x".repeat(256);
    for (String name : new String[] {tooLong, "a/" + tooLong, "a/" + tooLong + "/b"}) {
      for (boolean file : new boolean[] {true, false}) {
        assertThatThrownBy(() -> require(file, folder.resolve(name)))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith(folder.resolve(name) + ": expected a place to write to");
      }
    }
    assertThat(content()).isEqualTo(before);
  }

  @Test
  void require_placeThatNobodyMayWrite_isRefused() {
    Path proc = Path.of("/proc/version");
    assumeTrue(Files.exists(proc), "no /proc on this system");
    for (String name : new String[] {"/proc/out", "/proc/a/b"}) {
      for (boolean file : new boolean[] {true, false}) {
        assertThatThrownBy(() -> require(file, Path.of(name)))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith(name + ": expected a place to write to, got ");
      }
    }
  }

  @Test
  void requireFile_device_isFine() {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "no /dev/null on this system");
    assertThatCode(() -> Destination.requireFile("--out", device)).doesNotThrowAnyException();
    assertThat(device).exists();
  }

  private static void require(boolean file, Path path) throws IOException {
    if (file) {
      Destination.requireFile("--out", path);
    } else {
      Destination.requireNewFolder("--out", path, REMEDY);
    }
  }
}

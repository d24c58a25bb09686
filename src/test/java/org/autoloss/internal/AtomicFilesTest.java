package org.autoloss.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a write does to whatever is in its place: files, links, devices, pipes, left-overs. */
class AtomicFilesTest {
  @TempDir private Path folder;

  private static boolean run(Object... words) throws Exception {
    try {
      List<String> command = Stream.of(words).map(Object::toString).toList();
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private List<Path> content() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void write_fileThatIsThere_isReplacedAndNothingElseStays() throws Exception {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");
    Object before = Files.getAttribute(file, "unix:ino");
    AtomicFiles.write(file, "new");
    assertThat(file).content(UTF_8).isEqualTo("new");
    assertThat(Files.getAttribute(file, "unix:ino")).isNotEqualTo(before);
    assertThat(content()).containsExactly(file);
  }

  @Test
  void write_pipe_goesThroughItAndLeavesIt() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(run("mkfifo", pipe), "this machine has no mkfifo");
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (IOException e) {
                return e.toString();
              }
            });
    AtomicFiles.write(pipe, "through");
    assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo("through");
    assertThat(Files.readAttributes(pipe, "isOther", LinkOption.NOFOLLOW_LINKS))
        .containsEntry("isOther", true);
    assertThat(content()).containsExactly(pipe);
  }

  @Test
  void write_device_goesThroughItAndLeavesIt() throws Exception {
    Path device = folder.resolve("null");
    assumeTrue(run("mknod", device, "c", "1", "3"), "making a device needs root");
    assumeTrue(run("sh", "-c", ": > " + device), "devices do not work on this file system");
    AtomicFiles.write(device, "gone");
    assertThat(Files.readAttributes(device, "isOther", LinkOption.NOFOLLOW_LINKS))
        .containsEntry("isOther", true);
    assertThat(content()).containsExactly(device);
  }

  @Test
  void write_fullDevice_saysThatItIsFull() throws Exception {
    Path device = folder.resolve("full");
    assumeTrue(run("mknod", device, "c", "1", "7"), "making a device needs root");
    assumeTrue(run("sh", "-c", ": > " + device), "devices do not work on this file system");
    assertThatThrownBy(() -> AtomicFiles.write(device, "too much"))
        .isInstanceOf(IOException.class)
        .hasMessage(device + ": expected a place to write to, got a full disk; make room");
  }

  @Test
  void write_link_replacesItsTargetAndKeepsIt() throws Exception {
    Path far = Files.createDirectories(folder.resolve("far"));
    Path target = Files.writeString(far.resolve("target.txt"), "old");
    Path second = Files.createSymbolicLink(far.resolve("second"), Path.of("target.txt"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("far/second"));
    AtomicFiles.write(link, "new");
    assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("far/second"));
    assertThat(Files.readSymbolicLink(second)).isEqualTo(Path.of("target.txt"));
    assertThat(target).content(UTF_8).isEqualTo("new");
    assertThat(content()).containsExactly(far, link);
  }

  @Test
  void write_linkToNothing_makesItsTarget() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("target.txt"));
    AtomicFiles.write(link, "new");
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(folder.resolve("target.txt")).content(UTF_8).isEqualTo("new");
  }

  @Test
  void write_linkToItself_isOneSentence() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("link"));
    assertThatThrownBy(() -> AtomicFiles.write(link, "new"))
        .isInstanceOf(IOException.class)
        .hasMessage(
            link
                + ": expected a place to write to, got a link that leads back to itself; remove"
                + " it");
  }

  @Test
  void write_linkedFolder_writesIntoIt() throws Exception {
    Path far = Files.createDirectories(folder.resolve("far"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), far);
    AtomicFiles.write(link.resolve("a.txt"), "new");
    assertThat(far.resolve("a.txt")).content(UTF_8).isEqualTo("new");
  }

  @Test
  void write_openDescriptor_addsToItsFile() throws Exception {
    Path file = Files.writeString(folder.resolve("log.txt"), "before ");
    try (var stream = new java.io.FileOutputStream(file.toFile(), true)) {
      Path descriptor = descriptorOf(file);
      assumeTrue(descriptor != null, "this machine has no /proc");
      AtomicFiles.write(descriptor, "new");
    }
    assertThat(file).content(UTF_8).isEqualTo("before new");
  }

  private static Path descriptorOf(Path file) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return null;
    }
    try (Stream<Path> all = Files.list(descriptors)) {
      for (Path each : all.toList()) {
        if (Files.isSymbolicLink(each) && Files.readSymbolicLink(each).equals(file.toRealPath())) {
          return each;
        }
      }
    }
    return null;
  }

  @Test
  void write_folderInItsPlace_isOneSentence() {
    assertThatThrownBy(() -> AtomicFiles.write(folder, "new"))
        .isInstanceOf(IOException.class)
        .hasMessage(folder + ": expected a place to write to, got a folder; name a file in it");
    assertThatThrownBy(() -> AtomicFiles.write(Path.of("/"), "new"))
        .isInstanceOf(IOException.class)
        .hasMessage("/: expected a place to write to, got a folder; name a file in it");
  }

  @Test
  void write_fileInPlaceOfItsFolder_isOneSentence() throws Exception {
    Path file = Files.writeString(folder.resolve("a"), "");
    for (Path below : List.of(file.resolve("b"), file.resolve("b/c"))) {
      assertThatThrownBy(() -> AtomicFiles.write(below, "new"))
          .isInstanceOf(IOException.class)
          .hasMessage(
              below
                  + ": expected a place to write to, got a file where its folder should be; give"
                  + " another one");
    }
  }

  @Test
  void write_contentFails_keepsTheOldFile() throws Exception {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");
    IOException failure = new IOException("the source is damaged");
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    file,
                    out -> {
                      out.write(1);
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(file).content(UTF_8).isEqualTo("old");
    assertThat(content()).containsExactly(file);
  }

  @Test
  void write_longestName_works() throws Exception {
    Path file = folder.resolve("x".repeat(255));
    AtomicFiles.write(file, "new");
    assertThat(file).content(UTF_8).isEqualTo("new");
  }
}

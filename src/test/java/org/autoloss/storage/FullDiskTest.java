package org.autoloss.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on a file system of 400 kB; skipped where this user may not mount one. */
class FullDiskTest {
  private static final ObjectNode CONFIGURATION = new ObjectMapper().createObjectNode();

  @TempDir private Path disk;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(
        command("mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk.toString()) == 0,
        "mounting needs root");
  }

  @AfterEach
  void unmount() throws Exception {
    command("umount", disk.toString());
  }

  private static int command(String... words) throws Exception {
    try {
      return new ProcessBuilder(words).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      return 1;
    }
  }

  private static Entry entry(int sample) {
    return new Entry(
        Stage.PROXY,
        0,
        sample,
        1,
        "",
        "x".repeat(1000) + sample,
        Entry.Origin.NONE,
        new Entry.Outcome("ok", 0.5, Map.of(), 1.0));
  }

  @Test
  void add_diskFills_saysSoAndKeepsWhatWasWritten() throws Exception {
    Path run = disk.resolve("run");
    int[] written = {0};
    try (RunFolder log = RunFolder.create(run, "asl", CONFIGURATION)) {
      log.write("found.json", "the old one");
      assertThatThrownBy(
              () -> {
                for (; written[0] < 1000; written[0]++) {
                  log.add(List.of(entry(written[0])));
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(run.toString(), "full disk")
          .hasMessageNotContaining("\n");
      assertThatThrownBy(() -> log.write("found.json", "y".repeat(400_000)))
          .isInstanceOf(IOException.class)
          .hasMessage(
              run.resolve("found.json")
                  + ": expected a place to write to, got a full disk; make room");
      assertThat(run.resolve("found.json")).content().isEqualTo("the old one");
    }
    assertThat(written[0]).isPositive();
    command("mount", "-o", "remount,size=4m", disk.toString());
    try (RunFolder log = RunFolder.resume(run);
        RunReader reader = RunReader.open(run)) {
      List<Entry> before = IntStream.range(0, written[0]).mapToObj(FullDiskTest::entry).toList();
      assertThat(reader.entries(Stage.PROXY)).containsAll(before);
      log.add(List.of(entry(written[0] + 1)));
      assertThat(reader.entries(Stage.PROXY)).contains(entry(written[0] + 1));
    }
  }

  @Test
  void anyWriting_readOnlyFileSystem_isOneSentenceAndReadingWorks() throws Exception {
    Path run = disk.resolve("run");
    try (RunFolder log = RunFolder.create(run, "asl", CONFIGURATION)) {
      log.add(List.of(entry(0)));
    }
    command("mount", "-o", "remount,ro", disk.toString());
    assertThatThrownBy(() -> RunFolder.create(disk.resolve("other"), "asl", CONFIGURATION))
        .isInstanceOf(IOException.class)
        .hasMessage(
            disk.resolve("other")
                + ": expected a place to write to, got a read-only file system; give another one");
    assertThatThrownBy(() -> RunFolder.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("read-only file system");
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.entries(Stage.PROXY)).containsExactly(entry(0));
    }
  }
}

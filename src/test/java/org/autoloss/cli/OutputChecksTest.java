package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.storage.RunFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Outputs that cannot be written, of all commands that have one. They are refused before the work:
 * those that train would do so for weeks.
 */
@Timeout(120)
class OutputChecksTest {
  private static final String TRAINING =
      " --crop 32 --width 2 --batch 2 --min-scale 1 --max-scale 1 --data ";

  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void makeInputs() throws IOException {
    String line = "data scenes --size 32 --warm 2 --train 2 --reward 2 --test 2 --out ";
    assertThat(run(line + shared.resolve("scenes")).exitCode()).isZero();
    RunFolder.create(shared.resolve("run"), "asl", new ObjectMapper().createObjectNode()).close();
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }

  /** Commands that write a file; its name is to follow. */
  static Stream<String> writersOfFiles() {
    return Stream.of(
        "train --steps 2000000000" + TRAINING + shared.resolve("scenes") + " --out",
        "loss export ce --out",
        "loss plot dice --out",
        "report " + shared.resolve("run") + " --out",
        "runs export " + shared.resolve("run") + " --out");
  }

  /** Commands that make a folder; its name is to follow. */
  static Stream<String> makersOfFolders() {
    return Stream.of("data scenes --train 100000 --size 1024 --out", "quickstart --dir");
  }

  static Stream<String> all() {
    return Stream.concat(writersOfFiles(), makersOfFolders());
  }

  @ParameterizedTest
  @MethodSource("all")
  void out_noName_isRefused(String command) throws IOException {
    assertRefused(command, "/", "expected the name of a ");
    assertRefused(command, "", "expected the name of a ");
  }

  @ParameterizedTest
  @MethodSource("writersOfFiles")
  void out_folderInPlaceOfAFile_isRefused(String command) throws IOException {
    Path out = Files.createDirectory(folder.resolve("out.png"));
    assertRefused(command, out.toString(), out + ": expected a place to write to, got a folder");
    assertThat(out).isEmptyDirectory();
  }

  @ParameterizedTest
  @MethodSource("makersOfFolders")
  void out_folderThatHoldsFiles_isRefused(String command) throws IOException {
    Files.writeString(folder.resolve("file"), "");
    assertRefused(command, folder.toString(), folder + ": expected ");
  }

  @ParameterizedTest
  @MethodSource("all")
  void out_placeThatCannotBeMade_isRefused(String command) throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("a/out.png");
    assertRefused(command, below.toString(), below + ": expected a place to write to");
    Path tooLong = folder.resolve("b").resolve("x".repeat(256) + ".png");
    assertRefused(command, tooLong.toString(), tooLong + ": expected a place to write to");
  }

  private void assertRefused(String command, String out, String reason) throws IOException {
    List<Path> before = content();
    Object[] words = Stream.concat(Stream.of(command.split(" ")), Stream.of(out)).toArray();
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.err().lines().filter(said -> !said.startsWith("scenes 0/")))
        .singleElement()
        .asString()
        .startsWith("autoloss: ")
        .contains(reason);
    assertThat(content()).isEqualTo(before);
  }

  private List<Path> content() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }
}

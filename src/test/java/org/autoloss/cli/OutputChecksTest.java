package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.loss.Loss;
import org.autoloss.storage.RunFolder;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        "runs export " + shared.resolve("run") + " --out",
        "loss ce --logits "
            + Golden.file("asl", "d0.logits.npy")
            + " --labels "
            + Golden.file("asl", "d0.labels.npy")
            + " --grad-out");
  }

  /** Commands that make a folder; its name is to follow. */
  static Stream<String> makersOfFolders() {
    String scenes = TRAINING + shared.resolve("scenes");
    return Stream.of(
        "data scenes --train 100000 --size 1024 --out",
        "quickstart --dir",
        "table --warm-steps 2000000000" + scenes + " --out",
        "table --warm-steps 2000000000 --transfer --other-network fcn" + scenes + " --out");
  }

  static Stream<String> all() {
    return Stream.concat(writersOfFiles(), makersOfFolders());
  }

  /** Those that write to the name itself, not below it. */
  static Stream<String> direct() {
    return all().filter(command -> !command.contains("--transfer"));
  }

  @ParameterizedTest
  @MethodSource("direct")
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
    Files.createDirectories(folder.resolve("network-fcn/x"));
    assertRefused(command, folder.toString(), ": expected ");
  }

  @ParameterizedTest
  @MethodSource("all")
  void out_placeThatCannotBeMade_isRefused(String command) throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("a/out.png");
    assertRefused(command, below.toString(), ": expected a place to write to");
    Path tooLong = folder.resolve("b").resolve("x".repeat(256) + ".png");
    assertRefused(command, tooLong.toString(), ": expected a place to write to");
  }

  @ParameterizedTest
  @ValueSource(strings = {"search asl", "search random", "search zero", "search zero --ablation"})
  void search_folderThatCannotBeMade_isRefused(String command) throws IOException {
    String search = command + " --metric mIoU --warm-steps 2000000000";
    search += TRAINING + shared.resolve("scenes");
    for (String name : new String[] {"", ".", "..", ".hidden", "a/b", "/"}) {
      assertRefused(search + " --out " + folder + " --name", name, "--name: expected the name of");
    }
    assertRefused(search + " --out " + folder + " --name", "x".repeat(256), "a place to write to");
    Path below = Files.writeString(folder.resolve("file"), "").resolve("runs");
    assertRefused(search + " --out", below.toString(), "a file where its folder should be");
    Files.createDirectories(folder.resolve("taken/by"));
    assertRefused(search + " --out " + folder + " --name", "taken", "give the run another name");
  }

  @Test
  void table_secondFolderOfATransferIsTaken_isRefusedBeforeTheFirst() throws IOException {
    Files.createDirectories(folder.resolve("network-fcn/taken"));
    String scenes = shared.resolve("scenes").toString();
    assertRefused(
        "table --warm-steps 2000000000 --transfer --other-data "
            + scenes
            + " --other-network fcn --loss ce"
            + TRAINING
            + scenes
            + " --out",
        folder.toString(),
        folder.resolve("network-fcn") + ": expected a new or empty folder");
  }

  @Test
  void table_lossThatDoesNotFitTheData_isRefusedBeforeTheWarmStart() throws IOException {
    assertRefused(
        "table --warm-steps 2000000000 --loss ce;class:"
            + OfThreeClasses.class.getName()
            + TRAINING
            + shared.resolve("scenes")
            + " --out",
        folder.resolve("table").toString(),
        "expected logits of 3 classes, got 8");
  }

  /** A loss that is not for all data. */
  public static final class OfThreeClasses implements Loss {
    @Override
    public Tensor apply(Tensor logits, Tensor labels) {
      if (logits.size(1) != 3) {
        throw new IllegalArgumentException(
            "logits: expected logits of 3 classes, got " + logits.size(1));
      }
      return logits.sum();
    }

    @Override
    public String toJson() {
      return "{}";
    }

    @Override
    public void close() {}
  }

  @Test
  void search_warmStartDiverges_leavesNoFolderInTheWay() throws IOException {
    assertRefused(
        "search asl --metric mIoU --warm-steps 2 --learning-rate 1e38"
            + TRAINING
            + shared.resolve("scenes")
            + " --name run --out",
        folder.toString(),
        "take a smaller learning rate");
  }

  private void assertRefused(String command, String out, String reason) throws IOException {
    List<Path> before = content();
    Object[] words = Stream.concat(Stream.of(command.split(" ")), Stream.of(out)).toArray();
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.err()).doesNotContain("\tat ");
    assertThat(run.err().lines().filter(said -> said.startsWith("autoloss: ")))
        .singleElement()
        .asString()
        .contains(reason);
    assertThat(content()).isEqualTo(before);
  }

  private List<Path> content() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }
}

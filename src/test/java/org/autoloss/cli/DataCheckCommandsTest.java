package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.autoloss.data.Sample;
import org.autoloss.data.VocWriter;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on data that teach nothing, or less than they seem to. */
class DataCheckCommandsTest {
  private static final int SIZE = 32;
  private static final String WARNING =
      "warning: class fg has no pixel in split %s; 25.0 %% of pixels are void (255); in masks of"
          + " two classes fg is 1, not 255";

  @TempDir private Path folder;

  /** What the four commands need to run through in seconds. */
  private Map<String, String> commands(Path data) {
    String task = " --data " + data + " --crop 32 --width 2 --batch 1 ";
    String search = task + "--warm-steps 1 --proxy-steps 1 --final-steps 1 --top 1 --seeds 1 ";
    return new TreeMap<>(
        Map.of(
            "train", "train --data " + data + " --crop 32 --width 2 --batch 1 --steps 1 --out ",
            "asl", "search asl --metric mIoU --steps 1 --samples 2" + search + "--out ",
            "zero", "search zero --metric mIoU --proxies 1" + search + "--out ",
            "table", "table --loss ce --warm-steps 1 --steps 1 --seeds 1" + task + "--out "));
  }

  /** Four splits of one sample each, whose first quarter has the one label and the rest another. */
  private Path data(List<String> classes, int quarter, int rest) throws IOException {
    Path root = folder.resolve("data");
    VocWriter writer = new VocWriter(root, classes);
    byte[] labels = new byte[SIZE * SIZE];
    Arrays.fill(labels, (byte) rest);
    Arrays.fill(labels, 0, labels.length / 4, (byte) quarter);
    byte[] rgb = new byte[3 * labels.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 7);
    }
    for (String split : List.of("warm", "train", "reward", "test")) {
      writer.write(new Sample("of_" + split, SIZE, SIZE, rgb, labels));
      writer.writeSplit(split, List.of("of_" + split));
    }
    return root;
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }

  private static List<String> warnings(CommandLineRun run) {
    return run.err().lines().filter(line -> line.startsWith("warning: ")).toList();
  }

  private static List<String> expected(String... splits) {
    List<String> lines = new ArrayList<>();
    for (String split : splits) {
      lines.add(WARNING.formatted(split));
    }
    return lines;
  }

  @Test
  void anyCommand_binaryMaskOf255_warnsOnceForEachSplit() throws IOException {
    commands(data(List.of("bg", "fg"), 255, 0))
        .forEach(
            (name, command) -> {
              CommandLineRun run = run(command + folder.resolve(name));
              assertThat(run.exitCode()).as("%s: %s", name, run.err()).isZero();
              assertThat(warnings(run))
                  .as(name)
                  .isEqualTo(
                      name.equals("train")
                          ? expected("train")
                          : expected("warm", "train", "reward", "test"));
              assertThat(run.out()).doesNotContain("warning:");
            });
  }

  @Test
  void trainAndEval_json_holdTheCountsAndStdoutNoWarning() throws IOException {
    Path data = data(List.of("bg", "fg"), 255, 0);
    Path checkpoint = folder.resolve("net.ckpt");
    CommandLineRun train = run(commands(data).get("train") + checkpoint + " --json");
    assertThat(Json.parse(train.out(), "train").path("labels"))
        .hasToString("{\"train\":{\"pixels\":{\"bg\":768,\"fg\":0},\"void\":256}}");
    CommandLineRun eval =
        run("eval --data " + data + " --crop 32 --checkpoint " + checkpoint + " --json");
    assertThat(warnings(eval)).isEqualTo(expected("test"));
    assertThat(Json.parse(eval.out(), "eval").path("labels"))
        .hasToString("{\"test\":{\"pixels\":{\"bg\":768,\"fg\":0},\"void\":256}}");
  }

  @Test
  void searchAndTable_json_holdTheCountsOfAllSplits() throws IOException {
    Map<String, String> commands = commands(data(List.of("bg", "fg"), 1, 0));
    for (String name : List.of("asl", "zero", "table")) {
      CommandLineRun run = run(commands.get(name) + folder.resolve(name) + " --json");
      assertThat(warnings(run)).as(name).isEmpty();
      JsonNode labels = Json.parse(run.out(), name).path("labels");
      labels = name.equals("table") ? labels.path("table") : labels;
      assertThat(labels.fieldNames())
          .toIterable()
          .as(name)
          .containsExactly("warm", "train", "reward", "test");
      assertThat(labels.at("/reward/pixels")).hasToString("{\"bg\":768,\"fg\":256}");
    }
  }

  @Test
  void anyCommand_onlyVoid_isRefusedBeforeAnythingIsMade() throws IOException {
    assertAllRefused(
        data(List.of("bg", "fg"), 255, 255), "expected labels with classes, got only void (255)");
  }

  @Test
  void anyCommand_oneClass_isRefusedBeforeAnythingIsMade() throws IOException {
    assertAllRefused(
        data(List.of("cell"), 255, 0),
        "classes.txt: expected 2 to 255 class names, got 1; give the background a class of its"
            + " own");
  }

  @Test
  void anyCommand_withoutClassesFile_isRefusedBeforeAnythingIsMade() throws IOException {
    Path data = data(List.of("bg", "fg"), 1, 0);
    Files.delete(data.resolve("classes.txt"));
    assertAllRefused(data, "classes.txt: expected a list of classes, got nothing; write it");
  }

  private void assertAllRefused(Path data, String sentence) {
    Map<String, String> commands = commands(data);
    commands.put("eval", "eval --data " + data + " --checkpoint ");
    commands.forEach(
        (name, command) -> {
          CommandLineRun run = run(command + folder.resolve(name));
          assertThat(run.exitCode()).as(name).isEqualTo(1);
          assertThat(run.err().strip()).as(name).contains(sentence).doesNotContain("\n");
          assertThat(folder.resolve(name)).as(name).doesNotExist();
        });
  }
}

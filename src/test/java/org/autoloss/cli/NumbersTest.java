package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.storage.RunFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Every option of every command that takes a number, with numbers that nobody means. The command
 * works, or says in one sentence why it does not; it then leaves nothing that is in the way.
 */
@Timeout(600)
class NumbersTest {
  private static final List<String> WHOLE = List.of("0", "-1", "2147483647");
  private static final List<String> REAL = List.of("0", "NaN", "1e308");

  /** The largest of these is only a long time. */
  private static final Set<String> AMOUNTS_OF_WORK =
      Set.of(
          "--steps",
          "--warm-steps",
          "--proxy-steps",
          "--final-steps",
          "--proxies",
          "--initial",
          "--candidates",
          "--explore",
          "--ablation-seconds",
          "--effort");

  @TempDir private static Path shared;
  @TempDir private static Path folder;

  @BeforeAll
  static void makeInputs() throws IOException {
    String scenes = " --size 32 --warm 3 --train 3 --reward 3 --test 3 --out ";
    assertThat(run("data scenes" + scenes + shared.resolve("scenes")).exitCode()).isZero();
    String train = "train --steps 1" + ground() + " --out " + shared.resolve("net.ckpt");
    assertThat(run(train).exitCode()).isZero();
    RunFolder.create(shared.resolve("run"), "asl", new ObjectMapper().createObjectNode()).close();
    Files.writeString(
        shared.resolve("cases.json"),
        "[{\"logits\":\"%s\",\"labels\":\"%s\"}]"
            .formatted(golden("d0.logits.npy"), golden("d0.labels.npy")));
  }

  private static Path golden(String name) {
    return Golden.file("asl", name).toAbsolutePath();
  }

  private static String ground() {
    return " --crop 32 --width 2 --batch 2 --data " + shared.resolve("scenes");
  }

  /** Commands that work, but for the option that is to follow; what they write is {@code OUT}. */
  static Stream<String> commands() {
    String proxies = " --warm-steps 1 --proxy-steps 1 --final-steps 1 --top 1 --seeds 1";
    String search = " --metric mAcc --name OUT" + proxies + ground() + " --out " + folder;
    String zero = " --samples 2 --sample-size 8 --proxies 1" + search;
    return Stream.of(
        "data scenes --size 32 --warm 1 --train 1 --reward 1 --test 1 --out " + folder + "/OUT",
        "eval --crop 32 --data " + shared + "/scenes --checkpoint " + shared + "/net.ckpt",
        "loss probe ce",
        "loss plot ce --out " + folder + "/OUT.png",
        "metric --cases " + shared + "/cases.json",
        "quickstart --effort 0 --dir " + folder + "/OUT",
        "runs show " + shared + "/run",
        "search asl --steps 1 --samples 2" + search,
        "search random --steps 1 --samples 1" + search,
        "search zero" + zero,
        "search zero --explore 9" + zero,
        "search zero --ablation --ablation-rows naive --ablation-seconds 0.01" + zero,
        "search resume " + shared + "/run",
        "table --loss ce --warm-steps 1 --steps 1 --seeds 1 --out " + folder + "/OUT" + ground(),
        "train --steps 1 --out " + folder + "/OUT" + ground());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void number_thatNobodyMeans_isUsedOrRefusedInOneSentence(String command) throws IOException {
    List<String> tried = new ArrayList<>();
    for (OptionSpec option : options(command)) {
      for (String value : values(option)) {
        tried.add(option.longestName() + "=" + value);
        // No other command has the name.
        String out = "out" + Integer.toHexString(command.hashCode()) + "-" + tried.size();
        tryOut(without(option, command.replace("OUT", out)), option, value);
      }
    }
    assertThat(tried).as(command).hasSizeGreaterThan(1);
  }

  private static List<OptionSpec> options(String command) {
    var line = Main.commandLine();
    for (String word : command.split(" ")) {
      if (!line.getSubcommands().containsKey(word)) {
        break;
      }
      line = line.getSubcommands().get(word);
    }
    return line.getCommandSpec().options();
  }

  private static List<String> values(OptionSpec option) {
    Class<?> type = option.type();
    boolean real = type == double.class || type == Double.class;
    boolean whole =
        type == int.class || type == Integer.class || type == long.class || type == Long.class;
    List<String> values = real ? REAL : whole ? WHOLE : List.of();
    return values.stream()
        .filter(v -> !AMOUNTS_OF_WORK.contains(option.longestName()) || v.length() < 4)
        .toList();
  }

  /** An option may be given once. */
  private static String without(OptionSpec option, String command) {
    return command.replaceAll(" " + option.longestName() + " \\S+", "");
  }

  private static void tryOut(String command, OptionSpec option, String value) throws IOException {
    List<Path> before = content();
    CommandLineRun run = run(command + " " + option.longestName() + "=" + value);
    String what = option.longestName() + "=" + value + " of " + command + ": " + run.err();
    assertThat(run.exitCode()).as(what).isBetween(0, 1);
    assertThat(run.err()).as(what).doesNotContain("\tat ", "Exception", "Error");
    if (run.exitCode() == 1) {
      assertThat(run.err().lines().filter(said -> said.startsWith("autoloss: ")).count())
          .as(what + run.out()) // a case says so in its line
          .isEqualTo(command.contains("--cases") && run.out().contains("\"error\"") ? 0 : 1);
      assertThat(content()).as(what).isEqualTo(before);
    }
  }

  private static List<Path> content() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.sorted(Comparator.naturalOrder()).toList();
    }
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }
}

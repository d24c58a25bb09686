package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The help of every command. */
class HelpTest {
  private static final int WIDTH = 80;

  static Stream<CommandSpec> commands() {
    return all(Main.commandLine());
  }

  private static Stream<CommandSpec> all(CommandLine line) {
    return Stream.concat(
        Stream.of(line.getCommandSpec()),
        line.getSubcommands().values().stream().flatMap(HelpTest::all));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void description_eachPart_isWholeSentences(CommandSpec command) {
    // The first part is what the list of commands shows.
    assertThat(command.usageMessage().description())
        .isNotEmpty()
        .allSatisfy(part -> assertThat(part).endsWith(".").matches("[A-Z].*"));
    assertThat(command.usageMessage().description()[0]).hasSizeLessThan(2 * WIDTH);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void usage_anyCommand_breaksNoLineOfItsFooterAndShowsNoEmptyDefault(CommandSpec command) {
    String usage = command.commandLine().getUsageMessage();
    List<String> lines = usage.lines().toList();
    assertThat(lines).containsAll(Arrays.asList(command.usageMessage().footer()));
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(WIDTH));
    assertThat(usage).doesNotContain("Default: []", "Default: {}", "Default: null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eval",
        "loss probe",
        "metric",
        "quickstart",
        "report",
        "runs list",
        "runs show",
        "runs export",
        "search asl",
        "search zero",
        "search resume",
        "table"
      })
  void usage_commandThatTellsMetrics_saysTheirUnit(String command) {
    Object[] words = (command + " --help").split(" ");
    assertThat(CommandLineRun.of(words).out()).contains("percent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"search zero --halfing 1", "search zero", "train --steps x --out net"})
  void parse_wordThatNobodyKnows_isSaidInFewLinesWithThePlaceOfTheHelp(String line) {
    CommandLineRun run = CommandLineRun.of((Object[]) line.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    String command = line.startsWith("train") ? "train" : "search zero";
    assertThat(run.err()).endsWith("See: autoloss " + command + " --help\n");
    assertThat(run.err().lines()).hasSizeLessThanOrEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "search", "serch zero"})
  void parse_noCommand_listsThoseThatThereAre(String line) {
    CommandLineRun run = CommandLineRun.of((Object[]) line.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).containsPattern("(Commands:|autoloss search)");
  }

  @Test
  void commands_walk_findsThemAll() {
    assertThat(commands().map(CommandSpec::qualifiedName))
        .contains("autoloss loss probe", "autoloss search resume", "autoloss table");
  }
}

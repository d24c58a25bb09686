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

  @Test
  void commands_walk_findsThemAll() {
    assertThat(commands().map(CommandSpec::qualifiedName))
        .contains("autoloss loss probe", "autoloss search resume", "autoloss table");
  }
}

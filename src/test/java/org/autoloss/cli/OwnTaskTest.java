package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.autoloss.internal.Json;
import org.autoloss.nn.Checkpoint;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The example's task, network, metric and loss take part in all commands, as plugins. */
class OwnTaskTest {
  private static final Path EXAMPLE = Path.of("examples/own-task/src/main");
  private static final String SEARCH =
      " --task shapes --network pooled:width=4 --batch 8 --warm-steps 2 --proxy-steps 2"
          + " --final-steps 2 --top 1 --seeds 1";

  @TempDir private static Path plugin;
  @TempDir private Path folder;

  @BeforeAll
  static void compile() throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("-proc:none", "-Xlint:all,-path,-try", "-Werror"));
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), "-d", plugin + ""));
    try (var sources = Files.walk(EXAMPLE.resolve("java"))) {
      sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
    }
    String[] all = arguments.toArray(new String[0]);
    assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, all)).isZero();
    Path services = plugin.resolve("META-INF/services");
    Files.createDirectories(services);
    try (var files = Files.list(EXAMPLE.resolve("resources/META-INF/services"))) {
      for (Path file : files.toList()) {
        Files.copy(file, services.resolve(file.getFileName()));
      }
    }
  }

  private CommandLineRun run(String command) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.addAll(List.of("--plugins", plugin.toString()));
    return CommandLineRun.of(words.toArray());
  }

  private String succeed(String command) {
    CommandLineRun run = run(command);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run.out();
  }

  @ParameterizedTest
  @CsvSource({
    "random --steps 1 --samples 2,mAcc",
    "asl --steps 1 --samples 2,mAcc",
    "zero --proxies 2,worstRecall",
    "zero --proxies 2,worstRecall+mAcc"
  })
  void search_ownTask_leavesALossATableAndAReport(String method, String metric) throws IOException {
    String runs = folder.resolve("runs").toString();
    succeed("search " + method + " --metric " + metric + SEARCH + " --name r --out " + runs);
    Path run = folder.resolve("runs/r");
    assertThat(run.resolve("table.md"))
        .content()
        .contains("worstRecall", "mAcc", "| cross entropy ");
    assertThat(Json.MAPPER.readTree(run.resolve("candidate.json").toFile()).path("kind").asText())
        .isEqualTo(method.startsWith("zero") ? "graph" : "asl");
    assertThat(Checkpoint.read(run.resolve("warm.ckpt")).spec().text()).isEqualTo("pooled:width=4");
    assertThat(CommandLineRun.of("report", run).exitCode()).isZero(); // the journal has it all
    assertThat(run.resolve("report.html")).content().contains("worstRecall");
    // the run goes on from its own JSON, where it has all that it needs
    assertThat(succeed("search resume " + run)).contains("worstRecall");
  }

  @Test
  void train_ownNetworkAndLoss_isEvaluatedAndContinued() {
    Path net = folder.resolve("net.ckpt");
    String task = " --task shapes --batch 8 --set theirs=3 "; // for its factory to look at
    succeed(
        "train --network pooled:width=2 --loss poly:epsilon=2+ce --steps 3 --out " + net + task);
    assertThat(succeed("eval --checkpoint " + net + task)).contains("worstRecall", "mAcc");
    String next = " --reset-head --out " + folder.resolve("next.ckpt");
    succeed("train --steps 1 --init " + net + next + task);
  }

  @Test
  void table_ownTask_hasARowForEachLoss() throws IOException {
    String table =
        "table --loss ce;poly --warm-steps 1 --steps 1 --seeds 1 --batch 8 --task shapes";
    succeed(table + " --out " + folder.resolve("table"));
    assertThat(folder.resolve("table/table.md")).content().contains("| poly ", "worstRecall");
  }

  @Test
  void probe_ownLoss_passes() {
    assertThat(succeed("loss probe poly:epsilon=2")).doesNotContain("FAIL");
  }

  @Test
  void train_networkThatThePluginLacks_saysWhichThereAre() {
    CommandLineRun run =
        run("train --task shapes --network none --out " + folder.resolve("n.ckpt"));
    assertThat(run.err())
        .startsWith("autoloss: network: expected one of ")
        .contains(" pooled,", "got 'none'");
  }
}

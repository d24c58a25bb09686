package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.graph.HandcraftedGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossInput;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code search zero} with losses from elsewhere: from a program, and from people. */
class ProposedLossesTest {
  private static final String CROSS_ENTROPY = "neg(mul(y,log(yhat)))";

  @TempDir private static Path scenes;
  @TempDir private Path folder;

  @BeforeAll
  static void draw() {
    String line = "data scenes --size 32 --warm 2 --train 4 --reward 4 --test 2 --out ";
    assertThat(CommandLineRun.of((Object[]) (line + scenes.resolve("data")).split(" ")).exitCode())
        .isZero();
  }

  private CommandLineRun search(Object... more) {
    return searchIn("r", more);
  }

  private CommandLineRun searchIn(String name, Object... more) {
    String line =
        "search zero --metric mAcc --crop 32 --width 2 --batch 2 --warm-steps 1 --proxy-steps 1"
            + " --final-steps 1 --top 1 --seeds 1 --samples 2 --sample-size 8 --threshold 0.3"
            + " --name "
            + name
            + " --out "
            + folder
            + " --data "
            + scenes.resolve("data");
    List<Object> words = new ArrayList<>(List.of((Object[]) line.split(" ")));
    words.addAll(List.of(more));
    return CommandLineRun.of(words.toArray());
  }

  private List<Entry> entries(Stage stage) throws IOException {
    try (RunReader reader = RunReader.open(folder.resolve("r"))) {
      return reader.entries(stage);
    }
  }

  @Test
  void propose_program_isToldScoresAndNotAskedAgain() throws IOException {
    Path heard = folder.resolve("heard");
    String command =
        "read line; echo \"$line\" > "
            + heard
            + "; for loss in '"
            + CROSS_ENTROPY
            + "' 'neg(mul(y,' '"
            + CROSS_ENTROPY
            + "' 'square(add(y,neg(yhat)))'; do echo \"$loss\";"
            + " read line; echo \"$line\" >> "
            + heard
            + "; done";
    CommandLineRun run = search("--propose", command);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).contains("the proposing program is done: it has no more; 2 losses");
    List<JsonNode> told =
        Files.readAllLines(heard).stream().map(line -> Json.parse(line, "a line")).toList();
    assertThat(told).hasSize(5);
    assertThat(told.get(0).path("metric").asText()).isEqualTo("mAcc");
    assertThat(told.get(0).at("/operators/add").asInt()).isEqualTo(2);
    assertThat(told.get(0).at("/inputs/loss")).hasSize(3);
    assertThat(told.get(1).path("decision").asText()).isEqualTo("trained");
    assertThat(told.get(1).path("score").isNumber()).isTrue();
    assertThat(told.get(2).path("decision").asText()).isEqualTo("no_loss");
    assertThat(told.get(2).path("error").asText()).contains("expected");
    assertThat(told.get(3).path("decision").asText()).isEqualTo("reused");
    assertThat(told.get(3).path("score")).isEqualTo(told.get(1).path("score"));
    assertThat(entries(Stage.PROXY)).hasSize(2);
    Files.delete(heard);
    CommandLineRun again = CommandLineRun.of("search", "resume", folder.resolve("r"));
    assertThat(again.out()).as(again.err()).isEqualTo(run.out());
    assertThat(heard).doesNotExist();
  }

  @Test
  void propose_programThatDies_endsWithWhatThereIs() throws IOException {
    CommandLineRun run = search("--propose", "echo '" + CROSS_ENTROPY + "'; exit 3");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).contains("it ended with exit code 3; 1 losses were trained");
    assertThat(entries(Stage.PROXY)).hasSize(1);
  }

  @Test
  void propose_nothingUseful_isOneSentence() {
    CommandLineRun silent = search("--propose", "sleep 60", "--propose-timeout", "0.5");
    assertThat(silent.exitCode()).isEqualTo(1);
    assertThat(silent.err())
        .contains("it said nothing for 1 s")
        .contains("propose: expected a loss that may be trained, got none of 0 proposals");
    CommandLineRun rubbish = searchIn("other", "--propose", "yes rubbish");
    assertThat(rubbish.exitCode()).isEqualTo(1);
    assertThat(rubbish.err()).contains("lines without a loss").contains("no_loss");
    assertThat(search("--propose", " ").err()).contains("propose: expected a command, got none");
    assertThat(search("--propose", "true", "--explore", "5").err())
        .contains("--propose: expected neither --explore");
  }

  @Test
  void propose_exampleProgram_climbsBySums() throws IOException {
    String java = ProcessHandle.current().info().command().orElse("java");
    Path program = Path.of("examples/proposer/SumProposer.java").toAbsolutePath();
    CommandLineRun run = search("--propose", "'" + java + "' '" + program + "' 2");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(entries(Stage.INDIVIDUAL)).anyMatch(entry -> entry.content().startsWith("add("));
  }

  @Test
  void seeds_hand_areTheFirstOfThePopulation() throws IOException {
    CommandLineRun run = search("--seeds-from", "hand", "--proxies", "4");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(entries(Stage.INDIVIDUAL))
        .extracting(Entry::content)
        .containsAnyElementsOf(
            HandcraftedGraphs.of(LossInput.CLASSES).stream().map(LossGraph::toString).toList());
    assertThat(Json.read(folder.resolve("r/config.json"), "JSON").at("/search/from/loss"))
        .hasSize(HandcraftedGraphs.of(LossInput.CLASSES).size());
    assertThat(Files.readString(folder.resolve("r/family.md"))).contains("| given |");
    assertThat(CommandLineRun.of("report", folder.resolve("r")).exitCode()).isZero();
    assertThat(Files.readString(folder.resolve("r/report.html")))
        .containsPattern("<td[^>]*>given<");
    assertThat(search("--seeds-from", "moon").err()).contains("expected none or hand, got 'moon'");
  }

  @Test
  void handcraftedGraphs_anyInput_readTheirInputsAndHaveNoTwins() {
    for (LossInput input :
        List.of(LossInput.CLASSES, LossInput.BINARY, LossInput.HEATMAP, LossInput.BOXES)) {
      assertThat(HandcraftedGraphs.of(input)).isNotEmpty().doesNotHaveDuplicates();
    }
  }
}

package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReproduceCommandTest {
  private static final String SEARCHES =
      "--steps 1 --start identity --samples 2 --final-sigma=0.1 --proxy-steps 1 --final-steps 1"
          + " --top 1 --seeds 1";

  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void draw() {
    CommandLineRun.succeeded(
        "data scenes --size 32 --warm 2 --train 4 --reward 4 --test 2 --out " + scenes());
  }

  private static Path scenes() {
    return shared.resolve("scenes");
  }

  private CommandLineRun reproduce(String out) {
    return reproduce(out, Map.of());
  }

  /** With options that random search does not have, one of each kind, and some that are other. */
  private CommandLineRun reproduce(String out, Map<String, String> other) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--metric", "mIoU");
    options.put("--data", scenes().toString());
    options.put("--out", folder.resolve(out).toString());
    options.put("--loss", "ce");
    options.put("--learning-rates", "0.1,0.2");
    options.put("--budget", "3h");
    options.put("--search-options", SEARCHES);
    options.put("--table-options", "--steps 1 --seeds 1 --rate-steps 1");
    options.putAll(other);
    List<String> words = new ArrayList<>(List.of("reproduce", "asl"));
    options.forEach((option, value) -> words.addAll(List.of(option, value)));
    words.addAll(List.of("-- --crop 32 --width 2 --batch 2 --warm-steps 1".split(" ")));
    return CommandLineRun.of(words.toArray());
  }

  @Test
  void reproduce_tinyScenes_makesAllTablesAndRepeatsNothing() throws IOException {
    CommandLineRun run = reproduce("out");
    assertThat(run.exitCode()).as(run.err()).isZero();
    String document = Files.readString(folder.resolve("out/reproduce.md"));
    assertThat(document)
        .contains("| ce |", "| asl:mIoU |", "| Searched mIoU |", "| Random mIoU |", "| rate |")
        .containsPattern("\\| Searched mIoU .* trainings, \\d+ s \\|")
        .contains("Auto Seg-Loss, PASCAL VOC val", "| searched for BF1 | 1.93 | 0.96 |")
        .contains("9a432f8");
    int trained = trainings();
    CommandLineRun again = reproduce("out");
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("autoloss table").doesNotContain("autoloss search");
    assertThat(trainings()).isEqualTo(trained);
    assertThat(folder.resolve("out/reproduce.md")).content().isEqualTo(document);
  }

  private int trainings() throws IOException {
    try (RunReader reader = RunReader.open(folder.resolve("out/table"))) {
      return reader.entries(Stage.TRAINING).size() + reader.entries(Stage.RATE).size();
    }
  }

  @Test
  void reproduce_wrongOptionOfTables_isToldBeforeTheFirstSearch() {
    CommandLineRun run = reproduce("none", Map.of("--table-options", "--steps 1 --sedes 1"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("expected options that each command takes, got from table: Unknown option")
        .doesNotContain("autoloss search asl");
  }

  @ParameterizedTest
  @CsvSource({
    "--loss,ce;dise,'loss: expected one of'",
    "--metric,'mIoU,mIuO','mIuO'",
    "--learning-rates,0.1,expected at least two different ones",
    "--other-data,/nope,/nope",
    "--other-network,nope,network: expected one of"
  })
  void reproduce_tableThatCannotBeMade_isToldBeforeTheFirstSearch(
      String option, String value, String said) {
    CommandLineRun run = reproduce("none", Map.of(option, value));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("autoloss: ", said).doesNotContain("autoloss search asl");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void reproduce_commandThatFails_saysThatItGoesOn() {
    CommandLineRun run =
        reproduce("none", Map.of("--search-options", SEARCHES + " --baseline dise"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("autoloss search asl --metric mIoU", "baseline dise: loss: expected one of")
        .contains("expected the command above to succeed, got exit code 1")
        .doesNotContain("warm start");
    assertThat(folder.resolve("none/runs/asl-mIoU")).doesNotExist();
  }
}

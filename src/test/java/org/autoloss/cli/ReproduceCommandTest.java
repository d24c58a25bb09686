package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproduceCommandTest {
  @TempDir private Path folder;

  private CommandLineRun reproduce(String out) {
    return reproduce(out, "--steps 1 --seeds 1 --rate-steps 1");
  }

  /** With options that random search does not have, one of each kind. */
  private CommandLineRun reproduce(String out, String tableOptions) {
    return CommandLineRun.of(
        "reproduce",
        "asl",
        "--metric",
        "mIoU",
        "--data",
        folder.resolve("scenes"),
        "--out",
        folder.resolve(out),
        "--loss",
        "ce",
        "--learning-rates",
        "0.1,0.2",
        "--budget",
        "3h",
        "--search-options",
        "--steps 1 --start identity --samples 2 --final-sigma=0.1 --proxy-steps 1 --final-steps 1"
            + " --top 1 --seeds 1",
        "--table-options",
        tableOptions,
        "--",
        "--crop",
        "32",
        "--width",
        "2",
        "--batch",
        "2",
        "--warm-steps",
        "1");
  }

  @Test
  void reproduce_tinyScenes_makesAllTablesAndRepeatsNothing() throws IOException {
    String scenes = "data scenes --size 32 --warm 2 --train 4 --reward 4 --test 2 --out ";
    assertThat(
            CommandLineRun.of((Object[]) (scenes + folder.resolve("scenes")).split(" ")).exitCode())
        .isZero();
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
    CommandLineRun run = reproduce("none", "--steps 1 --sedes 1");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("expected options that each command takes, got from table: Unknown option")
        .doesNotContain("autoloss search asl");
  }

  @Test
  void reproduce_commandThatFails_saysThatItGoesOn() {
    CommandLineRun run = reproduce("none");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("autoloss search asl --metric mIoU")
        .contains("expected the command above to succeed, got exit code 1");
  }
}

package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.internal.Json;
import org.autoloss.loss.Loss;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table on a few tiny scenes. */
class TableCommandTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void drawScenes() {
    for (String family : List.of("park", "reef")) {
      String line = "data scenes --size 32 --warm 4 --train 4 --reward 2 --test 3 --family ";
      assertThat(run(line + family + " --out " + shared.resolve(family)).exitCode()).isZero();
    }
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }

  private static String table(Path out, String... more) {
    List<String> words = new ArrayList<>(List.of("table --data", shared.resolve("park") + ""));
    words.add("--crop 32 --width 2 --batch 2 --warm-steps 2 --steps 2 --seeds 2 --out " + out);
    words.addAll(List.of(more));
    return String.join(" ", words);
  }

  @Test
  void table_interruptedAndRunAgain_givesTheSameFilesAndTrainsOnlyWhatIsMissing()
      throws IOException, SQLException {
    Path whole = folder.resolve("whole");
    Path part = folder.resolve("part");
    assertThat(run(table(whole, "--loss ce;dice --workers 1")).exitCode()).isZero();
    assertThat(run(table(part, "--loss ce;dice --workers 2")).exitCode()).isZero();
    List<Entry> before = trainings(part);
    assertThat(before).hasSize(4);
    forget(part, before.get(3));
    Files.delete(part.resolve("table.md"));
    assertThat(run(table(part, "--loss ce;dice")).exitCode()).isZero();
    // The kept ones have the seconds of the first time, so they were not trained again.
    assertThat(trainings(part)).hasSize(4).containsAll(before.subList(0, 3));
    for (String file : List.of("table.md", "table.csv", "table.json")) {
      assertThat(part.resolve(file)).hasSameTextualContentAs(whole.resolve(file));
    }
  }

  private static List<Entry> trainings(Path run) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      return reader.entries(Stage.TRAINING);
    }
  }

  /** Leaves the journal as an interruption before an entry does. */
  private static void forget(Path run, Entry entry) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + run + "/run.db");
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM entries WHERE content = ? AND sample = ?")) {
      delete.setString(1, entry.content());
      delete.setInt(2, entry.sample());
      assertThat(delete.executeUpdate()).isEqualTo(1);
    }
  }

  @Test
  void table_moreRowsInTheSameFolder_trainsOnlyThese() throws IOException {
    Path artefact = folder.resolve("found.json");
    writeGraph(artefact, "neg(mul(y,log(yhat)))");
    Path run = folder.resolve("run");
    String row = ";graph:" + artefact;
    assertThat(run(table(run, "--loss ce" + row)).exitCode()).isZero();
    List<Entry> before = trainings(run);
    assertThat(run(table(run, "--loss dice;ce" + row)).exitCode()).isZero();
    assertThat(trainings(run)).hasSize(6).containsAll(before);
    assertThat(Files.readString(run.resolve("table.md"))).contains("| ce |", "| dice |");
    writeGraph(artefact, "neg(mul(y,yhat))");
    assertThat(run(table(run, "--loss ce" + row)).exitCode()).isZero();
    assertThat(trainings(run)).hasSize(8);
    assertThat(Files.readString(run.resolve("table.md"))).doesNotContain("| dice |");
  }

  @Test
  void table_graphByItsExpression_isKeptByItsArtefact() throws IOException {
    Path run = folder.resolve("run");
    assertThat(run(table(run, "--loss expr:neg(mul(y,yhat))")).exitCode()).isZero();
    assertThat(trainings(run))
        .hasSize(2)
        .allSatisfy(entry -> assertThat(entry.name()).isEqualTo("expr:neg(mul(y,yhat))"))
        .allSatisfy(entry -> assertThat(entry.content()).startsWith("{\"autoloss\":2,"));
  }

  private static void writeGraph(Path file, String expression) throws IOException {
    try (Loss loss = Loss.parse("expr:" + expression)) {
      Files.writeString(file, loss.toJson());
    }
  }

  @Test
  void table_automaticLearningRate_isTriedOnceAndPrinted() throws IOException {
    Path run = folder.resolve("run");
    CommandLineRun first = run(table(run, "--loss ce --learning-rate auto"));
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err()).containsPattern("learning rate 0\\.\\d+ \\(mIoU by ce: 0\\.01: ");
    List<Entry> sweep = entries(run, Stage.RATE);
    assertThat(sweep).hasSize(18); // 6 rates: with one seed from scratch, with two after that
    CommandLineRun again = run(table(run, "--loss ce;dice --learning-rate auto"));
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(entries(run, Stage.RATE)).isEqualTo(sweep);
    assertThat(first.err()).doesNotContain("not tuned");
    assertThat(run(table(folder.resolve("usual"), "--loss ce")).err())
        .contains("learning rate 0.2: the default, not tuned to these data and this network;");
    assertThat(run(table(folder.resolve("other"), "--loss ce --learning-rate fast")).err())
        .contains("--learning-rate: expected a number above 0 that float32 holds, or auto");
  }

  private static List<Entry> entries(Path run, Stage stage) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      return reader.entries(stage);
    }
  }

  @Test
  void table_learningRates_areChosenByEachLossOnceAndShown() throws IOException {
    Path run = folder.resolve("run");
    String rates = "--learning-rates 0.05,0.2 --rate-metric gAcc --rate-steps 1";
    CommandLineRun first = run(table(run, "--loss ce;dice", rates));
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out())
        .contains("| loss | mIoU |", "| rate | trainings | seconds | search |")
        .containsPattern("\\| dice \\|.*\\| 0\\.(05|2) \\| 4 \\| \\d+ \\| - \\|");
    List<Entry> tried = entries(run, Stage.RATE);
    assertThat(tried).hasSize(4);
    assertThat(run.resolve("table.html")).content().contains("<th scope=\"col\">rate</th>");
    assertThat(Json.read(run.resolve("table.json"), "a table").at("/race/losses/ce/scores"))
        .hasSize(2);
    assertThat(run(table(run, "--loss ce;dice", rates)).out()).isEqualTo(first.out());
    assertThat(entries(run, Stage.RATE)).isEqualTo(tried);
    assertThat(trainings(run)).hasSize(4);
  }

  /** A rate that is added later is all that is tried then. */
  @Test
  void table_eachMetricChoosesItsRate_saysWhichAndTakesMoreRatesLater() throws IOException {
    Path run = folder.resolve("run");
    String each = " --rate-metric each --rate-steps 1 --metrics mIoU,mAcc,gAcc";
    CommandLineRun first = run(table(run, "--loss dice --learning-rates 0.05,0.2" + each));
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err()).containsPattern("dice: learning rate 0\\.(05|2)");
    assertThat(first.out()).contains("in each column, the best of 0.05, 0.2 by the column's");
    List<Entry> tried = entries(run, Stage.RATE);
    assertThat(tried).hasSize(2);
    CommandLineRun more = run(table(run, "--loss dice --learning-rates 0.05,0.2,0.8" + each));
    assertThat(more.exitCode()).as(more.err()).isZero();
    assertThat(entries(run, Stage.RATE)).hasSize(3).containsAll(tried);
    assertThat(Json.read(run.resolve("table.json"), "a table").at("/race/losses/dice/columns"))
        .hasSize(3);
  }

  @Test
  void table_badLearningRates_saysWhatWasExpected() {
    assertThat(run(table(folder, "--learning-rates 0.1")).err())
        .contains("expected at least two different ones to choose from, got [0.1]");
    assertThat(run(table(folder, "--learning-rates 0.1,-1")).err())
        .contains("--learning-rates: expected a number above 0 that float32 holds, got -1");
    assertThat(run(table(folder, "--rate-steps 5")).err())
        .contains("expected --learning-rates with them, got none");
  }

  @Test
  void table_otherOptionsInTheSameFolder_isRefused() {
    assertThat(run(table(folder, "--loss ce")).exitCode()).isZero();
    CommandLineRun other = run(table(folder, "--loss ce --seed 5"));
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("expected the options of the run that is there");
  }

  @Test
  void table_searchedArtefact_isARowOfItsName() throws IOException {
    Path artefact = folder.resolve("found.json");
    Files.writeString(artefact, "{\"autoloss\":1,\"kind\":\"tversky\",\"alpha\":0.4}");
    CommandLineRun result =
        run(table(folder.resolve("run"), "--loss ce --searched Searched=" + artefact));
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("| Searched |").contains("| ce |");
  }

  @Test
  void table_transfer_makesATableForEachOtherDataSetAndNetwork() {
    Path reef = shared.resolve("reef");
    CommandLineRun result =
        run(table(folder, "--loss ce --transfer --other-network fcn --other-data " + reef));
    assertThat(result.exitCode()).isZero();
    assertThat(folder.resolve("data-reef/table.md")).isRegularFile();
    assertThat(folder.resolve("network-fcn/table.md")).isRegularFile();
  }

  @Test
  void table_badLossOrLonelyTransfer_saysWhatWasExpected() {
    assertThat(run(table(folder, "--loss ce;dise")).err()).contains("loss: expected one of");
    assertThat(run(table(folder, "--transfer")).err())
        .contains("--transfer: expected --other-data or --other-network, got neither");
  }

  /** Semicolons part branches there, not rows; the default is the baseline. */
  @Test
  void table_taskOfSeveralBranches_hasARowForEachLoss() {
    Path boxes = folder.resolve("boxes");
    String scenes = "data scenes --task detection --size 64 --warm 4 --train 4 --reward 2 --test 3";
    assertThat(run(scenes + " --out " + boxes).exitCode()).isZero();
    String line =
        "table --task detection --base-size 64x64 --batch 2 --warm-steps 2 --steps 2 --seeds 1"
            + " --set regionSamples=24 --set candidates=100 --set proposals=40 --network"
            + " fasterrcnn:mobilenet_v2,levels=3,channels=16,width=32,anchor_size=16"
            + " --data "
            + boxes
            + " --out ";
    String first = "loss_objectness=bce;loss_rpn_box_reg=giou;loss_classifier=ce;loss_box_reg=";
    CommandLineRun two =
        run(
            line
                + folder.resolve("two")
                + " --loss "
                + first
                + "giou,weight=10 --loss "
                + first
                + "smooth_l1");
    assertThat(two.err()).doesNotContain("autoloss:");
    assertThat(two.out())
        .contains("| " + first + "giou,weight=10 |", "| " + first + "smooth_l1 |", "AP50");
    assertThat(run(line + folder.resolve("usual")).out())
        .contains("| baseline |", "| iou |", "| giou |", "| cse_a |");
  }
}

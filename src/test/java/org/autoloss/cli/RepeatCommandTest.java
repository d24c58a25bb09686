package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.Kernels;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of tables of a few tiny scenes, made again. */
class RepeatCommandTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void makeTables() {
    run("data scenes --size 32 --warm 4 --train 4 --reward 2 --test 3 --out " + shared + "/scenes");
    String table =
        "table --crop 32 --width 2 --batch 2 --warm-steps 2 --steps 2 --seeds 2 --data "
            + shared
            + "/scenes --loss ce;dice --out "
            + shared;
    assertThat(run(table + "/shared").exitCode()).isZero();
    String race = " --learning-rates 0.1,0.4 --rate-steps 1";
    assertThat(run(table + "/race" + race).exitCode()).isZero();
    assertThat(run(table + "/each" + race + " --rate-metric each").exitCode()).isZero();
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of((Object[]) line.split(" "));
  }

  @Test
  void repeat_rowOfAnyTable_isTheSameToTheLastBit() {
    for (String table : new String[] {"shared", "race", "each"}) {
      CommandLineRun run = run("repeat " + shared.resolve(table) + "/table.json --row dice");
      assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
      assertThat(run.out())
          .contains("the same", "12 of 12 figures of dice are the same to the last bit.");
    }
  }

  @Test
  void repeat_weightsThatWereMoved_areFoundWhereTheyAre() throws IOException {
    Path weights = folder.resolve("weights.safetensors");
    String sizes = " --crop 32 --batch 2 --data " + shared + "/scenes";
    String network = " --network pspnet:resnet18,channels=8";
    run(
        "train --steps 1 --loss ce --out "
            + folder
            + "/n.ckpt --export "
            + weights
            + network
            + sizes);
    String table = "table --warm-steps 0 --steps 1 --seeds 1 --loss ce --out " + folder + "/t";
    assertThat(run(table + " --init " + weights + network + sizes).exitCode()).isZero();
    Path moved = Files.move(weights, folder.resolve("moved.safetensors"));
    String again = "repeat " + folder + "/t/table.json --row ce";
    assertThat(run(again).err()).contains(weights.toString());
    assertThat(run(again + " --init " + moved).out()).contains("6 of 6 figures of ce are the same");
    assertThat(run("repeat " + shared + "/shared/table.json --row ce --init " + moved).err())
        .contains("--init: expected a run that has it");
  }

  @Test
  void repeat_figureThatWasChanged_isFound() throws IOException {
    Path changed = folder.resolve("table.json");
    ObjectNode table =
        (ObjectNode) Json.MAPPER.readTree(shared.resolve("race/table.json").toFile());
    ObjectNode cell = (ObjectNode) table.at("/table/ce/mIoU");
    double first = cell.at("/seeds/0").doubleValue();
    cell.withArray("/seeds").removeAll().add(Math.nextUp(first)).add(cell.at("/seeds/1"));
    Json.MAPPER.writeValue(changed.toFile(), table);
    CommandLineRun run = run("repeat " + changed + " --row ce --json");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    JsonNode line = Json.MAPPER.readTree(run.out());
    assertThat(line.path("figures").intValue()).isGreaterThan(line.path("same").intValue());
    assertThat(line.at("/again/0/table").doubleValue()).isEqualTo(Math.nextUp(first));
    assertThat(line.at("/again/0/again").doubleValue()).isEqualTo(first);
  }

  @Test
  void repeat_otherRowOrDataOrVersions_isTold() throws IOException {
    Path file = shared.resolve("shared/table.json");
    assertThat(run("repeat " + file + " --row Dice").err())
        .contains("--row: expected a row of " + file + ": ce, dice, got 'Dice'");
    run(
        "data scenes --size 32 --seed 9 --warm 4 --train 4 --reward 2 --test 3 --out "
            + folder
            + "/other");
    assertThat(run("repeat " + file + " --row ce --data " + folder + "/other").err())
        .contains("expected the data that the run began with, got other files");
    Path older = folder.resolve("older.json");
    Files.writeString(
        older,
        Files.readString(file)
            .replaceFirst("\"instructions\" : \"\\w+\"", "\"instructions\" : \"mmx\"")
            .replaceFirst(",\\s*\"rounding\" : \\d+", ""));
    assertThat(run("repeat " + older + " --row ce").err())
        .contains("the table was made by instructions mmx, now ")
        .contains("the table was made by rounding 1, now " + Kernels.ROUNDING);
  }
}

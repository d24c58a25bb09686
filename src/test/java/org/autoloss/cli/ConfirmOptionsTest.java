package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a search is scored and confirmed on, from the command line. */
class ConfirmOptionsTest {
  @TempDir private static Path scenes;
  @TempDir private Path runs;

  @BeforeAll
  static void draw() throws IOException {
    String line = "data scenes --size 32 --warm 2 --train 4 --reward 10 --test 3 --out ";
    assertThat(CommandLineRun.of((Object[]) (line + scenes.resolve("data")).split(" ")).exitCode())
        .isZero();
    Path lists = scenes.resolve("data/ImageSets/Segmentation");
    List<String> names = Files.readAllLines(lists.resolve("reward.txt"));
    Files.write(lists.resolve("scored.txt"), names.subList(0, 6));
    Files.write(lists.resolve("held.txt"), names.subList(6, 10));
  }

  private CommandLineRun search(String more) {
    String line =
        "search random --steps 1 --samples 2 --metric mIoU --crop 32 --width 2 --batch 2"
            + " --warm-steps 1 --proxy-steps 1 --final-steps 1 --top 1 --seeds 1 --name r --out "
            + runs
            + " --data "
            + scenes.resolve("data")
            + " "
            + more;
    return CommandLineRun.of((Object[]) line.strip().split(" "));
  }

  private JsonNode file(String name) {
    return Json.read(runs.resolve("r").resolve(name), "a document (JSON)");
  }

  @Test
  void search_noOption_confirmsOnTheEndOfTheRewardList() {
    CommandLineRun run = search("");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("| mIoU | reward | confirmation | test | test - reward |")
        .containsPattern("The search gains .* on the confirmation split|The search gains nothing");
    assertThat(file("config.json").at("/task/division/confirm").asDouble()).isEqualTo(0.3);
    assertThat(file("config.json").path("confirmSplit").asText()).isEqualTo("confirm");
    assertThat(file("confirmation.json").path("gap").fieldNames())
        .toIterable()
        .contains("cross entropy", "dice")
        .hasSize(3);
    CommandLineRun again = CommandLineRun.of("search", "resume", runs.resolve("r"));
    assertThat(again.out()).isEqualTo(run.out());
  }

  @Test
  void search_listOfItsOwnFoldsAndABaseline_usesThem() {
    CommandLineRun run =
        search(
            "--reward-split scored --confirm-split held --folds 2 --fold-score least --baseline"
                + " focal --json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(file("config.json").at("/task/splits/confirm").asText()).isEqualTo("held");
    assertThat(file("config.json").at("/task/division/folds").asInt()).isEqualTo(2);
    assertThat(file("confirmation.json").path("table").fieldNames())
        .toIterable()
        .contains("cross entropy", "focal")
        .hasSize(3);
    JsonNode line = Json.parse(run.out(), "the line");
    assertThat(line.path("gain").isBoolean()).isTrue();
    assertThat(line.at("/gap/focal/confirmation").isNumber()).isTrue();
    assertThat(line.at("/candidate/kind").asText()).isEqualTo("sum");
  }

  @Test
  void search_ratesToTry_areTriedByTheLossToBeat() {
    CommandLineRun run = search("--learning-rate auto --confirm-split reward");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).containsPattern("mIoU by ce: ").containsPattern("mIoU by dice: ");
    assertThat(file("config.json").path("ratesBy").asText()).isEqualTo("dice");
    assertThat(CommandLineRun.of("search", "resume", runs.resolve("r")).out()).isEqualTo(run.out());
  }

  @Test
  void search_ratesToTryAndNoOtherBaseline_areTriedByTheTasksOwn() {
    CommandLineRun run = search("--learning-rate auto --baseline none");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).containsPattern("mIoU by ce: ").doesNotContain("by dice");
    assertThat(file("config.json").has("ratesBy")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"nope,expected one of", "giou,giou", "ce:weights=1,ce"})
  void search_baselineThatCannotTrain_isRefusedBeforeTheRun(String baseline, String said) {
    CommandLineRun run = search("--baseline " + baseline);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("baseline " + baseline, said).doesNotContain("warm start");
    assertThat(runs.resolve("r")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "train --steps 1 --set lerningRate=3,'tolerance,','lerningRate'",
    "train --steps 1 --task detection --set foo=3,'candidates,','foo'",
    "search asl --metric mIoU --set foo=bar,'tolerance,','foo'",
    "train --steps 1 --task instances --set maskTarget=hard,'maskTargets,','maskTarget'",
    "train --steps 1 --task pose --set sigma=1,'sigmas,','sigma'"
  })
  void set_keyThatTheTaskDoesNotHave_isRefusedWithThoseThatItHas(
      String command, String known, String key) {
    CommandLineRun run =
        CommandLineRun.of(
            (Object[])
                (command + " --data " + scenes + "/data --out " + runs.resolve("net")).split(" "));
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.err()).contains("--set: expected one of ", known, ", got '" + key + "'");
    assertThat(runs.resolve("net")).doesNotExist();
  }

  @Test
  void search_confirmOnTheRewardList_hasNoGap() {
    CommandLineRun run = search("--confirm-split reward");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).doesNotContain("confirmation |").contains("on the reward split");
    assertThat(file("config.json").at("/task").has("division")).isFalse();
  }

  private Object[] correlate(String losses) {
    return ("search correlate --metric mIoU --lengths 1,2 --crop 32 --width 2 --batch 2"
            + " --warm-steps 1 --out "
            + runs.resolve("c")
            + " --data "
            + scenes.resolve("data")
            + " "
            + losses)
        .split(" ");
  }

  @Test
  void correlate_lossThatThereIsNot_isRefusedBeforeTheWarmStart() {
    CommandLineRun run = CommandLineRun.of(correlate("--draw 2 --loss dise"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("loss dise: loss: expected one of", "got 'dise'")
        .doesNotContain("warm start");
    assertThat(runs.resolve("c")).doesNotExist();
  }

  @Test
  void correlate_lossesWithSemicolons_areParted() {
    CommandLineRun run = CommandLineRun.of(correlate("--draw 0 --loss ce;dice"));
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("2 losses by mIoU");
  }

  @Test
  void correlate_drawnAndGivenLosses_tellsBothCorrelationsAndGoesOn() {
    Object[] words = correlate("--draw 2 --loss ce");
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("3 losses by mIoU on the reward split, each length against 2 steps")
        .containsPattern("\\| 1 \\| (-?\\d\\.\\d{3}|NaN) \\|");
    assertThat(Json.read(runs.resolve("c/correlation.json"), "JSON").path("scores")).hasSize(3);
    assertThat(CommandLineRun.of(words).out()).isEqualTo(run.out());
  }

  @Test
  void search_listsThatShareImagesOrTooManyFolds_areRefused() {
    assertThat(search("--confirm-split train").err())
        .contains("splits: expected no sample in both train and train");
    assertThat(search("--confirm-split scored").err())
        .contains("splits: expected no sample in both reward and scored");
    assertThat(search("--folds 9").err())
        .contains("expected a sample in each of 10 parts, got 10 samples in all");
    assertThat(search("--fold-score worst").err()).contains("expected one of mean, least");
    assertThat(runs.resolve("r")).doesNotExist();
  }
}

package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.autoloss.cli.CommandLineRun.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.internal.Json;
import org.autoloss.task.Tasks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --task instances} as a user runs it, on a few tiny scenes. */
class InstanceCommandsTest {
  @TempDir private static Path folder;
  private static String task;

  @BeforeAll
  static void drawScenes() {
    Path scenes = folder.resolve("scenes");
    succeeded(
        "data scenes --task instances --size 64 --warm 4 --train 8 --reward 4 --test 3 --out "
            + scenes);
    task =
        " --task instances --data "
            + scenes
            + " --base-size 64x64 --batch 2 --learning-rate 0.002 --set regionSamples=24"
            + " --set candidates=100 --set proposals=40"
            + " --network maskrcnn:mobilenet_v2,levels=3,channels=16,width=32,mask_width=8,anchor_size=16";
  }

  @Test
  void search_masksAndBoxes_weighsGraphsAndDrawsMasks() throws IOException {
    succeeded(
        "search zero --metric AP50 --branches loss_mask,loss_box_reg --warm-steps 4 --proxies 3"
            + " --proxy-steps 1 --final-steps 1 --seeds 1 --top 1 --samples 2 --name masks --out "
            + folder
            + task);
    Path run = folder.resolve("masks");
    JsonNode tally = Json.MAPPER.readTree(run.resolve("tally.json").toFile());
    assertThat(tally.path("trained").asInt()).isEqualTo(3);
    assertThat(tally.path("branches").path("loss_mask").path("below_threshold").asInt())
        .isPositive();
    JsonNode losses = Json.MAPPER.readTree(run.resolve("candidate.json").toFile()).path("losses");
    assertThat(losses.path("loss_box_reg").path("kind").asText()).isEqualTo("sum");
    assertThat(losses.path("loss_box_reg").findValue("weight").asDouble()).isPositive();
    succeeded("report " + run);
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("loss_mask", "data:image/png");
  }

  @Test
  void train_evalAndMetric_agree() throws IOException {
    Path checkpoint = folder.resolve("masks.ckpt");
    Path results = folder.resolve("results.json");
    succeeded("train --steps 30 --loss baseline --clip 2 --out " + checkpoint + task);
    JsonNode measured =
        Json.MAPPER.readTree(
            succeeded("eval --json --checkpoint " + checkpoint + " --results " + results + task)
                .out());
    JsonNode again =
        Json.MAPPER.readTree(
            succeeded(
                    "metric coco --type segm --json --ground-truth "
                        + folder.resolve("scenes/annotations/test.json")
                        + " --detections "
                        + results)
                .out());
    assertThat(measured.has("boxAP")).isTrue();
    for (String metric : new String[] {"AP", "AP50", "AR1", "AR100"}) {
      assertThat(measured.path(metric).asDouble())
          .isCloseTo(again.path(metric).asDouble(), within(1e-12));
    }
  }

  @Test
  void preset_mobile_isMaskRcnn() {
    assertThat(
            Tasks.factory("instances")
                .preset("mobile")
                .orElseThrow()
                .settings()
                .path("network")
                .asText())
        .startsWith("maskrcnn:mobilenet_v2,")
        .endsWith("mask_width=64");
  }
}

package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.autoloss.cli.CommandLineRun.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --task pose} as a user runs it. */
class PoseCommandsTest {
  @TempDir Path folder;

  @Test
  void quickstart_littleEffort_goesAllTheWay() {
    Path run = folder.resolve("quick");
    CommandLineRun quick = succeeded("quickstart --task pose --effort 0.005 --dir " + run);
    assertThat(quick.out()).contains("PCK", "awing", "--task pose");
    assertThat(run.resolve("run/report.html")).isRegularFile();
  }

  @Test
  void train_eval_metric_table_andSearch_goTogether() throws IOException {
    Path data = folder.resolve("figures");
    succeeded(
        "data scenes --task pose --size 64 --warm 4 --train 6 --reward 3 --test 3 --out " + data);
    String task =
        " --task pose --data " + data + " --network unet:width=4 --crop 64 --set sigmas=0.3";
    Path checkpoint = folder.resolve("pose.ckpt");
    Path results = folder.resolve("results.json");
    succeeded("train --batch 4 --steps 40 --learning-rate 0.01 --out " + checkpoint + task);
    JsonNode measured =
        Json.MAPPER.readTree(
            succeeded("eval --json --checkpoint " + checkpoint + " --results " + results + task)
                .out());
    JsonNode again =
        Json.MAPPER.readTree(
            succeeded(
                    "metric coco --type keypoints --json --ground-truth "
                        + data.resolve("annotations/test.json")
                        + " --detections "
                        + results
                        + " --sigmas "
                        + "0.3,".repeat(12)
                        + "0.3")
                .out());
    assertThat(measured.path("PCK").asDouble()).isPositive();
    assertThat(measured.path("classes").path("PCK").has("left_knee")).isTrue();
    assertThat(measured.path("AR50").asDouble()).isPositive();
    for (String metric : new String[] {"AP", "AP50", "AR", "AR50"}) {
      assertThat(measured.path(metric).asDouble())
          .isCloseTo(again.path(metric).asDouble(), within(1e-12));
    }
    Path table = folder.resolve("table");
    CommandLineRun rows =
        succeeded(
            "table --batch 4 --warm-steps 2 --steps 2 --seeds 1 --loss mse;wing --out "
                + table
                + task);
    assertThat(rows.out()).contains("| mse |", "| wing |", "| PCK");
    succeeded(
        "search zero --batch 4 --metric PCK --proxies 2 --warm-steps 2 --proxy-steps 2"
            + " --final-steps 2 --top 1 --seeds 1 --threshold 0 --initial 1 --tournament 0.5 --fresh 0"
            + " --name pose --out "
            + folder
            + task);
    assertThat(folder.resolve("pose/found.json")).isRegularFile();
    assertThat(Files.readString(folder.resolve("pose/config.json")))
        .contains("\"initial\" : 1,", "\"tournament\" : 0.5,", "\"fresh\" : 0.0,");
    succeeded("report " + folder.resolve("pose"));
    assertThat(Files.readString(folder.resolve("pose/report.html"))).contains("OKS ", "PCK ");
  }
}

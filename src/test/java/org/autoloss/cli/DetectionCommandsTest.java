package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.task.TaskPreset;
import org.autoloss.task.Tasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tasks on objects on the command line. */
class DetectionCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private static CommandLineRun run(String line, Object... values) {
    CommandLineRun run = CommandLineRun.of((Object[]) String.format(line, values).split(" "));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  @ParameterizedTest
  @CsvSource({"detection,loss_box_reg", "instances,loss_mask"})
  void quickstart_littleEffort_goesAllTheWayAndItsAdviceWorks(String task, String branch)
      throws IOException {
    Path dir = folder.resolve("q");
    CommandLineRun run = run("quickstart --task %s --dir %s --effort 0.005", task, dir);
    assertThat(run.out())
        .contains("| baseline ", "| searched ", " points of AP ")
        .contains(dir.resolve("scenes") + "   the scenes, in COCO's layout");
    assertThat(dir.resolve("run/report.html")).isNotEmptyFile();
    assertThat(Files.readString(dir.resolve("run/found.json"))).contains(branch);
    assertThat(Files.readString(dir.resolve("run/report.html")))
        .contains(
            branch + ": <code>", "objects that were missed", "Precision and recall at IoU 0.75")
        .contains(" found, ");

    List<String> advice = advice(run.out());
    assertThat(advice).hasSize(3);
    Path checkpoint = folder.resolve("net.ckpt");
    run(advice.get(0).replace("net.ckpt", checkpoint.toString()) + " --steps 2");
    assertThat(run(advice.get(1).replace("net.ckpt", checkpoint.toString())).out())
        .contains("AP50", "ARl");
    assertThat(advice.get(2))
        .startsWith("search zero --branches " + branch + " --task " + task + " ")
        .endsWith("--metric AP50");
  }

  /** The commands that a text names. */
  private static List<String> advice(String text) {
    List<String> commands = new ArrayList<>();
    text.lines()
        .map(String::strip)
        .filter(line -> line.startsWith("./autoloss "))
        .forEach(
            line -> commands.add(line.substring("./autoloss ".length()).replaceAll(" +", " ")));
    return commands;
  }

  @ParameterizedTest
  @CsvSource({"detection,fasterrcnn,bbox", "instances,maskrcnn,segm"})
  void eval_results_areMeasuredAlikeByMetricCoco(String task, String network, String type)
      throws IOException {
    Path data = folder.resolve("scenes");
    run(
        "data scenes --task %s --size 48 --warm 0 --train 4 --reward 2 --test 12 --out %s",
        task, data);
    String ground =
        " --task "
            + task
            + " --data "
            + data
            + " --network "
            + network
            + ":small,channels=16,width=32,anchor_size=8 --base-size 48x48"
            + " --batch 2 --set candidates=200 --set proposals=100 --set score=0.001";
    Path checkpoint = folder.resolve("net.ckpt");
    // after 12 steps it depended on the processor whether any mask fits
    run("train%s --steps 30 --learning-rate 0.02 --out %s", ground, checkpoint);
    Path results = folder.resolve("found.json");
    CommandLineRun eval =
        run("eval%s --checkpoint %s --results %s --json", ground, checkpoint, results);
    JsonNode measured = JSON.readTree(eval.out());
    CommandLineRun metric =
        run(
            "metric coco --ground-truth %s --detections %s --type %s --json",
            data.resolve("annotations/test.json"), results, type);
    JsonNode again = JSON.readTree(metric.out());

    assertThat(JSON.readTree(results.toFile()).size()).isPositive();
    assertThat(again).hasSize(12);
    again
        .properties()
        .forEach(
            each -> {
              double value = each.getValue().asDouble();
              if (value >= 0) {
                assertThat(measured.path(each.getKey()).asDouble())
                    .as(each.getKey())
                    .isEqualTo(value);
              }
            });
    assertThat(measured.path("AR100").asDouble()).isPositive();
    assertThat(measured.path("classes").path("AR100").size()).isPositive();
  }

  @Test
  void table_namedLosses_areRowsOfOneWordEach() throws IOException {
    Path data = folder.resolve("scenes");
    run(
        "data scenes --task detection --size 32 --warm 0 --train 3 --reward 1 --test 1 --out %s",
        data);
    Path out = folder.resolve("table");
    run(
        "table --task detection --data %s --variant mmdet --base-size 32x32 --batch 1 --warm-steps 0"
            + " --steps 1 --seeds 1 --set candidates=20 --set proposals=10 --out %s",
        data, out);
    JsonNode json = JSON.readTree(out.resolve("table.json").toFile());
    List<String> rows = new ArrayList<>();
    json.path("table").fieldNames().forEachRemaining(rows::add);
    assertThat(rows).containsExactly("baseline", "iou", "giou", "cse_a");
    JsonNode losses = json.path("configuration").path("losses");
    assertThat(losses.path("baseline").asText()).endsWith("loss_classifier=ce;loss_box_reg=l1");
    assertThat(losses.path("giou").asText()).endsWith("loss_box_reg=giou,weight=10");
    assertThat(losses.path("cse_a").asText())
        .endsWith("loss_classifier=cse_a:cls;loss_box_reg=cse_a:reg,weight=10");
    JsonNode task = json.path("configuration").path("task");
    assertThat(task.path("network").asText())
        .startsWith("fasterrcnn:small")
        .endsWith("variant=mmdet");
    assertThat(task.path("learningRate").asDouble()).isEqualTo(0.04); // of the preset quick
  }

  @Test
  void preset_paper_isThePapersSchedule() {
    TaskPreset paper = Tasks.factory("detection").preset("paper").orElseThrow();
    assertThat(paper.tableSteps()).isEqualTo(12 * paper.proxySteps());
    CommandLineRun run =
        CommandLineRun.of(
            "search",
            "zero",
            "--task",
            "detection",
            "--metric",
            "AP",
            "--preset",
            "paper",
            "--data",
            folder);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("--init: expected a file with the weights of ResNet-50");
  }

  @Test
  void eval_resultsOverTheCheckpoint_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("net.ckpt"), "weights");
    CommandLineRun run =
        CommandLineRun.of(
            "eval",
            "--task",
            "detection",
            "--data",
            folder,
            "--checkpoint",
            file,
            "--results",
            file);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("--results");
    assertThat(file).hasContent("weights");
  }

  @Test
  void quickstart_taskThatThereIsNot_isRefused() {
    CommandLineRun run =
        CommandLineRun.of("quickstart", "--task", "dreams", "--dir", folder.resolve("q"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("task: expected one of detection,", "got 'dreams'");
    assertThat(folder.resolve("q")).doesNotExist();
  }
}

package org.autoloss.task.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;
import org.autoloss.internal.Json;
import org.autoloss.task.Division;
import org.autoloss.task.FoldScore;
import org.autoloss.task.Range;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskContract;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentationTaskTest extends TaskContract {
  @TempDir private static Path scenes;
  private static Task task;

  @BeforeAll
  static void open() throws IOException {
    SceneOptions options = new SceneOptions(SceneFamily.PARK, 32, 8, 0, false);
    new SceneSet(options, Map.of(SceneSplit.TRAIN, 4, SceneSplit.REWARD, 3))
        .write(scenes.resolve("data"), false, done -> {});
    ObjectNode settings =
        Json.MAPPER
            .createObjectNode()
            .put("kind", SegmentationTask.KIND)
            .put("data", scenes.resolve("data").toString())
            .put("network", "unet:width=4")
            .put("crop", "32")
            .put("batchSize", 2);
    settings.putObject("splits").put("train", "train").put("reward", "reward");
    task = Tasks.open(settings);
  }

  @Override
  protected Task task() {
    return task;
  }

  @Test
  void evaluate_range_isThatOfAListOfTheseSamplesAlone() throws IOException {
    Path data = scenes.resolve("data");
    Path lists = data.resolve("ImageSets/Segmentation");
    List<String> names = Files.readAllLines(lists.resolve("reward.txt"));
    Files.write(lists.resolve("end.txt"), names.subList(1, 3));
    ObjectNode settings = task.toJson();
    settings.withObject("/splits").put("reward", "end");
    Task end = Tasks.open(settings);
    assertThat(task.samples(Split.REWARD)).hasValue(3);
    try (TaskModel all = task.begin(Split.TRAIN, 1);
        TaskModel alone = end.begin(Split.TRAIN, 1)) {
      assertThat(all.evaluate(Split.REWARD, new Range(0.34, 1)).values())
          .isEqualTo(alone.evaluate(Split.REWARD).values())
          .isNotEqualTo(all.evaluate(Split.REWARD).values());
      assertThat(all.evaluate(Split.REWARD, Range.ALL).values())
          .isEqualTo(all.evaluate(Split.REWARD).values());
    }
  }

  @Test
  void open_itsDividedJson_dividesAgain() {
    Task divided = new Division(0.3, 2, FoldScore.LEAST).apply(task);
    assertThat(Tasks.open(divided.toJson()).toJson()).isEqualTo(divided.toJson());
  }
}

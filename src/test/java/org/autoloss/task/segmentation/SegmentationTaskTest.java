package org.autoloss.task.segmentation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;
import org.autoloss.internal.Json;
import org.autoloss.task.Task;
import org.autoloss.task.TaskContract;
import org.autoloss.task.Tasks;
import org.junit.jupiter.api.BeforeAll;
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
}

package org.autoloss.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntConsumer;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;

/**
 * Scenes for a quickstart.
 *
 * @param scenes which, and how many
 * @param layout what is written of them
 * @param format how they lie on disk, for readers
 */
public record SceneDrawing(SceneSet scenes, SceneLayout layout, String format)
    implements Quickstart.Drawing {
  /**
   * Scenes in four splits.
   *
   * @param options what they are like
   * @param layout what is written of them
   * @param format how they lie on disk, such as {@code the layout of PASCAL VOC}
   * @param counts of warm, train, reward and test
   * @return the drawing
   */
  public static SceneDrawing of(
      SceneOptions options, SceneLayout layout, String format, int... counts) {
    Map<SceneSplit, Integer> bySplit =
        Map.of(
            SceneSplit.WARM, counts[0],
            SceneSplit.TRAIN, counts[1],
            SceneSplit.REWARD, counts[2],
            SceneSplit.TEST, counts[3]);
    return new SceneDrawing(new SceneSet(options, bySplit), layout, format);
  }

  @Override
  public int size() {
    return scenes.size();
  }

  @Override
  public String description() {
    return "the scenes, in " + format;
  }

  @Override
  public void draw(Path folder, IntConsumer progress) throws IOException {
    scenes.write(folder, layout, false, progress);
  }

  @Override
  public void remove(Path folder) throws IOException {
    SceneSet.remove(folder);
  }
}

package org.autoloss.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.data.scenes.SceneSet;
import org.autoloss.data.scenes.SceneSplit;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss data scenes}. */
@Command(
    name = "scenes",
    description = {
      "Draws synthetic scenes and writes them as PASCAL VOC segmentation lies on disk.",
      "For detection and instances boxes and masks of their objects, for poses figures with"
          + " keypoints, all in COCO's format.",
      "The splits warm, train, reward and test are disjoint. The same options give the same files."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class DataScenesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder to make")
  private Path out;

  @Option(
      names = "--task",
      defaultValue = "SEGMENTATION",
      description = "what is written of them: ${COMPLETION-CANDIDATES}")
  private SceneLayout layout;

  @Option(names = "--warm", defaultValue = "400", description = "scenes for the warm start")
  private int warm;

  @Option(names = "--train", defaultValue = "400", description = "scenes for training")
  private int train;

  @Option(names = "--reward", defaultValue = "200", description = "scenes for a search's reward")
  private int reward;

  @Option(names = "--test", defaultValue = "200", description = "scenes for the final result")
  private int test;

  @Option(names = "--size", defaultValue = "96", description = "width and height in pixels")
  private int size;

  @Option(
      names = "--classes",
      defaultValue = "8",
      description = "classes with the background, 7 to 11")
  private int classes;

  @Option(
      names = "--family",
      defaultValue = "PARK",
      description = "the world they show: ${COMPLETION-CANDIDATES}")
  private SceneFamily family;

  @Option(names = "--seed", defaultValue = "0", description = "seed of everything random")
  private long seed;

  @Option(names = "--void-border", description = "put a rim of void (255) around each object")
  private boolean voidBorder;

  @Option(names = "--force", description = "replace an earlier set of scenes")
  private boolean force;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    SceneOptions options = new SceneOptions(family, size, classes, seed, voidBorder);
    SceneSet scenes =
        new SceneSet(
            options,
            Map.of(
                SceneSplit.WARM, warm,
                SceneSplit.TRAIN, train,
                SceneSplit.REWARD, reward,
                SceneSplit.TEST, test));
    Destination.requireFolder("--out", out);
    try (Progress progress = Terminal.progress(spec)) {
      progress.started("scenes", scenes.size());
      scenes.write(out, layout, force, done -> progress.advanced());
    }
    print(scenes);
    return 0;
  }

  private void print(SceneSet scenes) throws IOException {
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("folder", out.toString());
      scenes.counts().forEach((split, count) -> result.put(split.listName(), count));
      result.put("classes", names());
      writer.println(Json.MAPPER.writeValueAsString(result));
    } else {
      writer.printf(
          Locale.ROOT,
          "%s: %d scenes (warm %d, train %d, reward %d, test %d), classes %s%n",
          out,
          scenes.size(),
          warm,
          train,
          reward,
          test,
          String.join(", ", names()));
    }
    writer.flush();
  }

  private List<String> names() {
    return layout.classNames(family, classes);
  }
}

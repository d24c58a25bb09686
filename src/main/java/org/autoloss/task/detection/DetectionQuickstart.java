package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.autoloss.data.scenes.SceneFamily;
import org.autoloss.data.scenes.SceneLayout;
import org.autoloss.data.scenes.SceneOptions;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.task.Branch;
import org.autoloss.task.Quickstart;
import org.autoloss.task.SceneDrawing;

/** A search for a loss of one branch of a small network that chooses regions. */
public final class DetectionQuickstart {
  /** The backbone, the pyramid and the heads of boxes, behind the name of a network. */
  public static final String SMALL = ":small,body_width=16,channels=48,width=128,anchor_size=8";

  private static final int SIDE = 64;
  private static final String BASE = SIDE + "x" + SIDE;
  private static final int CLASSES = 7;
  private static final int BATCH = 8;
  private static final double LEARNING_RATE = 0.04;

  // By their names in the settings, which --set takes as well.
  private static final Map<String, Integer> NUMBERS = new LinkedHashMap<>();

  static {
    NUMBERS.put("anchorSamples", 64);
    NUMBERS.put("regionSamples", 64);
    NUMBERS.put("candidates", 200);
    NUMBERS.put("proposals", 100);
    NUMBERS.put("evaluationBatch", 16);
  }

  private DetectionQuickstart() {}

  /**
   * What differs between tasks.
   *
   * @param layout of the scenes
   * @param network the specification of a network
   * @param branches of the task, with its baselines
   * @param searched the branch that a loss is searched for
   * @param others losses of that branch beside the baseline in the final table, by the names of
   *     their rows
   */
  public record Part(
      SceneLayout layout,
      String network,
      List<Branch> branches,
      Branch searched,
      Map<String, String> others) {
    private Map<String, String> references() {
      String rest =
          branches.stream()
              .filter(each -> !each.name().equals(searched.name()))
              .map(each -> each.name() + "=" + each.baseline() + ";")
              .collect(Collectors.joining());
      Map<String, String> references = new LinkedHashMap<>();
      others.forEach((name, loss) -> references.put(name, rest + searched.name() + "=" + loss));
      return references;
    }
  }

  /**
   * The quickstart of a task.
   *
   * @param size how much is wanted
   * @param part what differs between tasks
   * @return the quickstart
   */
  public static Quickstart of(Quickstart.Size size, Part part) {
    SceneDrawing scenes =
        SceneDrawing.of(
            new SceneOptions(SceneFamily.PARK, SIDE, CLASSES, size.seed(), false),
            part.layout(),
            "COCO's layout",
            size.of(400),
            size.of(400),
            size.of(60),
            size.of(150));
    return new Quickstart(
        scenes,
        settings(part.network()),
        options(part.network()),
        search(size, part.searched()),
        part.references());
  }

  private static ObjectNode settings(String network) {
    ObjectNode settings = DetectionPresets.settings(network, BASE, BATCH, LEARNING_RATE);
    NUMBERS.forEach(settings::put);
    return settings;
  }

  private static String options(String network) {
    StringBuilder options = new StringBuilder();
    options.append("--network ").append(network).append(" --base-size ").append(BASE);
    options.append(" --batch ").append(BATCH).append(" --learning-rate ").append(LEARNING_RATE);
    NUMBERS.forEach(
        (name, value) -> options.append(" --set ").append(name).append('=').append(value));
    return options.toString();
  }

  private static Quickstart.Search search(Quickstart.Size size, Branch branch) {
    return new Quickstart.Search(
        CocoMetric.AP.label(),
        CocoMetric.AP50.label(),
        new Quickstart.Graphs(size.of(18), List.of(branch.name())),
        size.of(800),
        size.of(50),
        size.of(150),
        2,
        2,
        3);
  }
}

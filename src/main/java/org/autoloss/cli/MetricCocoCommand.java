package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoResultFile;
import org.autoloss.internal.Json;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.metric.detection.KeypointSimilarity;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss metric coco}. */
@Command(
    name = "coco",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Measures detections by COCO's average precision and recall.",
      "The numbers are pycocotools', as fractions: 0.25 is 25 percent; -1 where no object is of"
          + " that area."
    },
    footer = {
      "",
      "Example:",
      "  autoloss metric coco --ground-truth instances.json \\",
      "    --detections results.json --type bbox --json"
    })
final class MetricCocoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--ground-truth",
      required = true,
      paramLabel = "FILE",
      description = "annotations in COCO's format")
  private Path truth;

  @Option(
      names = "--detections",
      required = true,
      paramLabel = "FILE",
      description = "detections in COCO's result format")
  private Path detections;

  @Option(
      names = "--type",
      required = true,
      paramLabel = "TYPE",
      description = "what is compared: bbox, segm or keypoints")
  private String type;

  @Option(
      names = "--sigmas",
      split = ",",
      paramLabel = "S",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "of each keypoint, for skeletons other than COCO's 17 points")
  private List<Double> sigmas;

  @Option(
      names = "--max-detections",
      paramLabel = "N",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description =
          "the surest of each image and category that count, instead of 100, or 20 poses; AR100 is"
              + " then the recall with so many")
  private Integer limit;

  @Option(
      names = "--honour-ignore",
      description = "leave out objects with \"ignore\": 1, which pycocotools does not")
  private boolean honourIgnore;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() {
    CocoSettings settings = settings();
    CocoFile file = CocoFile.read(truth, EnumSet.of(settings.type()));
    List<Detection> found = CocoResultFile.read(detections, file, settings.type());
    if (file.renumbered() > 0) {
      spec.commandLine()
          .getErr()
          .println(
              "note: "
                  + file.renumbered()
                  + " of the objects in "
                  + truth
                  + " have ids of 0 or less, which were numbered anew; pycocotools takes the match"
                  + " with an id of 0 for none");
    }
    Map<CocoMetric, Double> values =
        new CocoEvaluator(settings)
            .evaluate(file.imageIds(), file.categoryIds(), file.objects(), found)
            .values();
    spec.commandLine().getOut().println(json ? toJson(values) : toText(values));
    spec.commandLine().getOut().flush();
    return 0;
  }

  private CocoSettings settings() {
    CocoSettings settings = CocoSettings.of(CocoType.of(type)).withHonoursIgnored(honourIgnore);
    if (sigmas != null) {
      settings = settings.withSimilarity(new KeypointSimilarity(sigmas));
    }
    return limit == null ? settings : settings.withLimit(limit);
  }

  private static String toJson(Map<CocoMetric, Double> values) {
    ObjectNode line = Json.MAPPER.createObjectNode();
    values.forEach((metric, value) -> line.put(metric.label(), value));
    return line.toString();
  }

  private static String toText(Map<CocoMetric, Double> values) {
    TextTable table = new TextTable();
    values.forEach(
        (metric, value) -> table.row(metric.label(), String.format(Locale.ROOT, "%.4f", value)));
    return table.toString().stripTrailing();
  }
}

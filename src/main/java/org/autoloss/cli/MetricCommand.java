package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.internal.Json;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Shape;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.metric.segmentation.SegmentationMetrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code autoloss metric}: segmentation metrics of arrays in files. */
@Command(
    name = "metric",
    mixinStandardHelpOptions = true,
    subcommands = MetricCocoCommand.class,
    description = {
      "Measures predictions or logits against labels in NumPy files.",
      "The metrics are mIoU, FWIoU, mAcc, gAcc, BIoU and BF1 of Auto Seg-Loss, ChengBIoU (Boundary"
          + " IoU, CVPR 2021) and CsurkaBF (boundary F measure of each image, BMVC 2013), all as"
          + " fractions: 0.25 is 25 percent."
    },
    showDefaultValues = true,
    footer = {
      "",
      "A case is {\"name\", \"logits\" or \"predictions\": \"p.npy\",",
      "\"labels\": \"y.npy\", \"classes\"}, and the options for this case alone:",
      "\"tolerance\", \"dropBackground\", \"ignoredEdges\", \"chengDistance\",",
      "\"csurkaDistance\". Paths are relative to the file. Labels outside [0,classes)",
      "are ignored; so is 255 where the classes are counted from predictions. Each",
      "case prints one JSON line; null stands for an absent class. classBF1,",
      "classChengBIoU and classCsurkaBF have no class 0 where the background is",
      "dropped.",
      "",
      "Example:",
      "  autoloss metric --cases cases.json"
    })
final class MetricCommand implements Callable<Integer> {
  private static final int VOID = 255;

  /** The fields of a case. */
  private static final List<String> FIELDS =
      List.of(
          "name",
          "logits",
          "predictions",
          "labels",
          "classes",
          "tolerance",
          "dropBackground",
          "ignoredEdges",
          "chengDistance",
          "csurkaDistance");

  /** The fields of the classes' values. */
  private static final Map<SegmentationMetric, String> CLASSES =
      new EnumMap<>(SegmentationMetric.class);

  static {
    CLASSES.put(SegmentationMetric.MIOU, "classIoU");
    CLASSES.put(SegmentationMetric.MACC, "classAcc");
    CLASSES.put(SegmentationMetric.BIOU, "classBIoU");
    CLASSES.put(SegmentationMetric.BF1, "classBF1");
    CLASSES.put(SegmentationMetric.CHENG_BIOU, "classChengBIoU");
    CLASSES.put(SegmentationMetric.CSURKA_BF, "classCsurkaBF");
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--cases", // required, but not by subcommands
      paramLabel = "FILE",
      description = "A JSON list of cases.")
  private Path cases;

  @Mixin private PolicyOptions boundaries;

  @Override
  public Integer call() throws IOException {
    if (cases == null) {
      throw new ParameterException(
          spec.commandLine(), "--cases, or the subcommand coco, is missing");
    }
    ClassPolicy policy = boundaries.policy();
    BoundaryDistances distances = boundaries.distances();
    return Cases.run(
        cases, FIELDS, spec.commandLine().getOut(), each -> measure(each, policy, distances));
  }

  private static ObjectNode measure(
      Cases.Case each, ClassPolicy usual, BoundaryDistances usualDistances) {
    ClassPolicy policy =
        usual
            .withTolerance(each.whole("tolerance", usual.tolerance()))
            .withDropBackground(each.flag("dropBackground", usual.dropBackground()));
    if (each.has("ignoredEdges")) {
      policy = policy.withIgnoredEdges(IgnoredEdges.of(each.field("ignoredEdges").asText()));
    }
    BoundaryDistances distances =
        new BoundaryDistances(
            each.number("chengDistance", usualDistances.region()),
            each.number("csurkaDistance", usualDistances.match()));
    if (each.has("logits") == each.has("predictions")) {
      throw new IllegalArgumentException(
          "case: expected either logits or predictions, got both or none");
    }
    Npy labels = each.array("labels");
    SegmentationMetrics metrics =
        each.has("logits")
            ? ofLogits(each, each.array("logits"), labels, policy, distances)
            : ofPredictions(each, each.array("predictions"), labels, policy, distances);
    Evaluation result = metrics.result();
    ObjectNode line = Json.MAPPER.createObjectNode();
    result.values().forEach((metric, v) -> line.set(metric.label(), JsonOutput.number(v)));
    CLASSES.forEach((metric, field) -> line.set(field, JsonOutput.numbers(result.byClass(metric))));
    line.set("classFreq", JsonOutput.numbers(metrics.classFrequency()));
    return line;
  }

  private static SegmentationMetrics ofLogits(
      Cases.Case each, Npy logits, Npy labels, ClassPolicy policy, BoundaryDistances distances) {
    long[] s = logits.shape();
    if (s.length != 4) {
      throw new IllegalArgumentException(
          "logits: expected 4 dimensions [N,C,H,W], got " + Arrays.toString(s));
    }
    checkShape("labels", labels.shape(), s[0], s[2], s[3]);
    Shape shape = new Shape(s[0], s[1], s[2], s[3]);
    SegmentationMetrics metrics =
        new SegmentationMetrics(each.whole("classes", (int) shape.c()), policy, distances);
    metrics.add(logits.floats(), labels.ints(), shape);
    return metrics;
  }

  private static SegmentationMetrics ofPredictions(
      Cases.Case each,
      Npy predictions,
      Npy labels,
      ClassPolicy policy,
      BoundaryDistances distances) {
    long[] s = predictions.shape();
    if (s.length != 3) {
      throw new IllegalArgumentException(
          "predictions: expected 3 dimensions [N,H,W], got " + Arrays.toString(s));
    }
    checkShape("labels", labels.shape(), s);
    int[] p = predictions.ints();
    int[] y = labels.ints();
    int classes = each.whole("classes", Math.max(classes(p), classes(y)));
    SegmentationMetrics metrics = new SegmentationMetrics(classes, policy, distances);
    metrics.addPredictions(p, y, s[0], s[1], s[2]);
    return metrics;
  }

  /** One more than the largest class. */
  private static int classes(int[] values) {
    return 1 + Arrays.stream(values).filter(v -> v != VOID).max().orElse(0);
  }

  private static void checkShape(String argument, long[] got, long... expected) {
    if (!Arrays.equals(got, expected)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: expected %s, got %s",
              argument,
              Arrays.toString(expected),
              Arrays.toString(got)));
    }
  }
}

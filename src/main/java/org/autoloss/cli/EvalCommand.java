package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.Evaluation;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.train.UndefinedLogitsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss eval}. */
@Command(
    name = "eval",
    description = {
      "Evaluates a checkpoint on a split; of segmentation, on whole images (--evaluate).",
      "Of segmentation it measures mIoU, FWIoU, mAcc, gAcc, and the boundary metrics: BIoU and BF1 of Auto Seg-Loss,"
          + " ChengBIoU (Boundary IoU, CVPR 2021) and CsurkaBF (boundary F measure of each image,"
          + " BMVC 2013); of detection COCO's average precision and recall.",
      "Prints percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class EvalCommand implements Callable<Integer> {
  private static final int CROP = 64;
  private static final int BATCH = 16;

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Mixin private TaskOptions task;

  @Option(names = "--split", defaultValue = "test", description = "the list to evaluate on")
  private String split;

  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "FILE",
      description = "what autoloss train wrote")
  private Path checkpoint;

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description =
          "of detection: also write what the network finds, in COCO's result format, which autoloss"
              + " metric coco and pycocotools read")
  private Path results;

  @Mixin private PolicyOptions boundaries;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (results != null) {
      Outputs.requireFile(spec, "--results", results);
    }
    ObjectNode settings =
        task.settings(Map.of(Split.TEST, split), TaskDefaults.of(CROP, BATCH), List.of());
    settings.set("evaluationBatch", settings.get("batchSize"));
    boundaries.addTo(settings);
    Task ground = Tasks.open(settings);
    try (TaskModel model = ground.resume(Checkpoint.read(checkpoint), Split.TEST, 0)) {
      Labels.warn(spec, ground);
      print(
          results == null ? model.evaluate(Split.TEST) : model.evaluate(Split.TEST, results),
          ground);
    } catch (UndefinedLogitsException e) {
      throw new IllegalStateException(checkpoint + ": " + e.getMessage(), e);
    }
    return 0;
  }

  private void print(Evaluation evaluation, Task ground) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode line = Json.MAPPER.createObjectNode();
      evaluation.values().forEach((metric, value) -> line.put(metric.label(), value));
      ObjectNode classes = line.putObject("classes");
      evaluation
          .namedClasses()
          .forEach(
              (metric, values) -> classes.set(metric.label(), Json.MAPPER.valueToTree(values)));
      Labels.putInto(line, ground);
      out.println(line);
    } else {
      evaluation
          .values()
          .forEach(
              (metric, value) ->
                  out.printf(Locale.ROOT, "%-9s %6s %%%n", metric.label(), Display.percent(value)));
      ClassTable.print(evaluation, out);
    }
    out.flush();
  }
}

package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.LabelCounts;
import org.autoloss.data.VocDataset;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.train.SegmentationEvaluator;
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
      "Evaluates a checkpoint on the centre crops of a split.",
      "Measures mIoU, FWIoU, mAcc, gAcc, and the boundary metrics: BIoU and BF1 of Auto Seg-Loss,"
          + " ChengBIoU (Boundary IoU, CVPR 2021) and CsurkaBF (boundary F measure of each image,"
          + " BMVC 2013).",
      "Prints percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class EvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "folder in the layout of PASCAL VOC")
  private Path data;

  @Option(names = "--split", defaultValue = "test", description = "the list to evaluate on")
  private String split;

  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "FILE",
      description = "what autoloss train wrote")
  private Path checkpoint;

  @Option(names = "--crop", defaultValue = "64", description = "height and width of crops")
  private int crop;

  @Option(names = "--batch", defaultValue = "16", description = "samples in a batch")
  private int batch;

  @Mixin private PolicyOptions boundaries;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    VocDataset dataset = VocDataset.open(data, split);
    Map<String, LabelCounts> labels = Map.of(split, dataset.labelCounts());
    EvaluationBatches batches = new EvaluationBatches(dataset, CentreCrop.of(crop), batch);
    SegmentationEvaluator evaluator =
        new SegmentationEvaluator(
            batches, dataset.classes().size(), boundaries.policy(), boundaries.distances());
    try (Network network = Network.of(Checkpoint.read(checkpoint))) {
      Labels.warn(spec, labels);
      print(evaluator.evaluate(network).values(), labels);
    } catch (UndefinedLogitsException e) {
      throw new IllegalStateException(checkpoint + ": " + e.getMessage(), e);
    }
    return 0;
  }

  private void print(Map<Metric, Double> metrics, Map<String, LabelCounts> labels) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode line = Json.MAPPER.createObjectNode();
      metrics.forEach((metric, value) -> line.put(metric.label(), value));
      line.set("labels", Labels.json(labels));
      out.println(line);
    } else {
      metrics.forEach(
          (metric, value) ->
              out.printf(Locale.ROOT, "%-9s %6s %%%n", metric.label(), Display.percent(value)));
    }
    out.flush();
  }
}

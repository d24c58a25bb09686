package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.data.BatchLoader;
import org.autoloss.data.LabelCounts;
import org.autoloss.data.TrainingTransform;
import org.autoloss.data.VocDataset;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingResult;
import org.autoloss.train.TrainingSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss train}. */
@Command(
    name = "train",
    description = "Trains a segmentation network by any loss, and writes a checkpoint.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class TrainCommand implements Callable<Integer> {
  private static final long WEIGHTS = 1;
  private static final long DATA = 2;

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "folder in the layout of PASCAL VOC")
  private Path data;

  @Option(names = "--split", defaultValue = "train", description = "the list to train on")
  private String split;

  @Option(
      names = "--loss",
      defaultValue = "ce",
      paramLabel = "SPEC",
      description = "such as ce, asl:mIoU, asl:found.json, 0.5*ce+asl:mIoU")
  private String loss;

  @Option(names = "--steps", defaultValue = "500", description = "batches to train on")
  private int steps;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "checkpoint to write; an earlier one is replaced at the end")
  private Path out;

  @Option(
      names = "--init",
      paramLabel = "FILE",
      description = "checkpoint to begin with; without it, fresh weights")
  private Path init;

  @Option(
      names = "--reset-head",
      description = "begin with a fresh last layer, as comparisons of losses do")
  private boolean resetHead;

  @Option(
      names = "--network",
      defaultValue = "unet",
      description = "architecture: unet, fcn or aspp")
  private String network;

  @Option(names = "--width", defaultValue = "8", description = "the network's width")
  private int width;

  @Option(names = "--crop", defaultValue = "64", description = "height and width of crops")
  private int crop;

  @Option(names = "--min-scale", defaultValue = "0.8", description = "smallest random scale")
  private double minScale;

  @Option(names = "--max-scale", defaultValue = "1.25", description = "largest random scale")
  private double maxScale;

  @Option(names = "--batch", defaultValue = "8", description = "samples in a batch")
  private int batch;

  @Option(
      names = "--learning-rate",
      defaultValue = "0.2",
      description = "of the first step; falls by the poly schedule")
  private double learningRate;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Destination.requireFile("--out", out);
    TrainingSettings settings = TrainingSettings.of(steps, learningRate);
    VocDataset dataset = VocDataset.open(data, split);
    TrainingTransform transform = TrainingTransform.of(crop).withScale(minScale, maxScale);
    BatchLoader loader = new BatchLoader(dataset, transform, batch, RandomStreams.seed(seed, DATA));
    Map<String, LabelCounts> labels = Map.of(split, dataset.labelCounts());
    TrainingResult result;
    try (Loss criterion = Loss.parse(loss);
        Network net = network(dataset.classes().size());
        Progress progress = Terminal.progress(spec)) {
      Labels.warn(spec, labels);
      progress.started("training", steps);
      result =
          new Trainer(settings, (step, of, value) -> progress.advanced())
              .train(net, criterion, loader::batch);
      if (result.complete()) {
        net.checkpoint().withNotes(notes(dataset)).write(out);
      }
    }
    return report(result, labels);
  }

  private Network network(int classes) throws IOException {
    long weights = RandomStreams.seed(seed, WEIGHTS);
    if (init == null) {
      return Network.of(new NetworkSpec(NetworkSpec.Kind.of(network), width, classes), weights);
    }
    Checkpoint checkpoint = Checkpoint.read(init);
    if (checkpoint.spec().classes() != classes) {
      throw new IllegalArgumentException(
          init
              + ": expected a network of "
              + classes
              + " classes, as the data has, got "
              + checkpoint.spec().classes());
    }
    Network net = Network.of(checkpoint);
    if (resetHead) {
      net.resetHead(weights);
    }
    return net;
  }

  private Map<String, String> notes(VocDataset dataset) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("loss", loss);
    notes.put("steps", Integer.toString(steps));
    notes.put("crop", Integer.toString(crop));
    notes.put("seed", Long.toString(seed));
    notes.put("dataSha256", dataset.digest());
    notes.put("classes", String.join("\n", dataset.classes()));
    return notes;
  }

  private int report(TrainingResult result, Map<String, LabelCounts> labels) {
    if (json) {
      ObjectNode line =
          Json.MAPPER
              .createObjectNode()
              .put("status", result.status().name())
              .put("steps", result.steps())
              .put("firstLoss", result.firstLoss())
              .put("lastLoss", result.lastLoss())
              .put("seconds", result.seconds());
      line.set("labels", Labels.json(labels));
      spec.commandLine().getOut().println(line);
      spec.commandLine().getOut().flush();
    }
    if (!result.complete()) {
      throw new IllegalStateException(
          "loss: it became NaN or infinite after "
              + result.steps()
              + " steps, and no checkpoint was written; take a smaller --learning-rate");
    }
    if (!json) {
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: %d steps in %.1f s, loss %.4f at first, %.4f at last%n",
              out,
              result.steps(),
              result.seconds(),
              result.firstLoss(),
              result.lastLoss());
      spec.commandLine().getOut().flush();
    }
    return 0;
  }
}

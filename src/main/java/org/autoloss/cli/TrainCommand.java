package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossSet;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.StateDict;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.autoloss.train.Snapshots;
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
    description = "Trains a network by any loss, and writes a checkpoint.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class TrainCommand implements Callable<Integer> {
  private static final int CROP = 64;
  private static final int BATCH = 8;

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Mixin private TaskOptions task;

  @Option(names = "--split", defaultValue = "train", description = "the list to train on")
  private String split;

  @Option(
      names = "--loss",
      paramLabel = "SPEC",
      description = {
        "such as ce, asl:mIoU, asl:found.json, 0.5*ce+asl:mIoU; of several branches",
        "BRANCH=SPEC;BRANCH=SPEC, or a name, of detection baseline, iou, giou or cse_a (default: the",
        "task's baseline, of segmentation ce)"
      })
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
      description = {
        "what to begin with: a checkpoint, whose network is taken; or other weights, safetensors or",
        "PyTorch's .pth, as far as they fit --network (default: fresh weights)"
      })
  private Path init;

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description = "also write the weights alone, as safetensors that PyTorch loads")
  private Path export;

  @Option(
      names = "--reset-head",
      description = "begin with a fresh last layer, as comparisons of losses do")
  private boolean resetHead;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Mixin private WatchOptions watch;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Outputs.requireFile(spec, "--out", out);
    if (export != null) {
      Outputs.requireFile(spec, "--export", export);
    }
    ObjectNode settings =
        task.settings(watch.splits(split), TaskDefaults.of(CROP, BATCH), List.of());
    boolean resumes = init != null && isCheckpoint();
    if (init != null && !resumes) {
      settings.put("init", init.toString());
    }
    Task ground = Tasks.open(settings);
    LearningRate.requireNumber(ground);
    loss = loss == null ? ground.baseline() : ground.namedLosses().getOrDefault(loss, loss);
    TrainingSettings training = ground.training(steps);
    TrainingWatch.Plan plan = watch.plan(ground);
    watch.requireSnapshot(out);
    TrainingResult result;
    int bestStep;
    try (LossSet losses = LossSet.parse(loss, ground.branchInputs());
        TaskModel model = model(ground, resumes);
        Progress progress = Terminal.progress(spec);
        TrainingWatch watcher =
            new TrainingWatch(training, model, plan, out, progress, watch.curves())) {
      Labels.warn(spec, ground);
      progress.started("training", steps);
      Snapshots snapshots = watch.snapshots(out, steps, recipe(ground), watcher);
      result = new Trainer(training, watcher).train(model, losses, snapshots);
      bestStep = watcher.bestStep();
      if (result.complete()) {
        Checkpoint trained = watcher.result();
        Map<String, String> notes = notes(ground);
        notes.putAll(watcher.notes());
        trained.withNotes(notes).write(out);
        if (export != null) {
          trained.state().withMetadata(Map.of("format", "pt")).write(export);
        }
      }
      Files.deleteIfExists(snapshots.file());
      watcher.discardBest();
    }
    return report(result, ground, bestStep);
  }

  /** All that the weights depend on. */
  private String recipe(Task ground) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    notes(ground).forEach(json::put);
    ObjectNode data = ground.toJson();
    data.remove("data"); // it may lie elsewhere; its fingerprint tells whether it is the same
    json.set("task", data);
    json.put("init", init == null ? "" : init.toString());
    json.put("resetHead", resetHead);
    return json.toString();
  }

  // What is no weights at all is refused as no checkpoint.
  private boolean isCheckpoint() throws IOException {
    return Checkpoint.isCheckpoint(init) || !StateDict.isWeights(init);
  }

  private TaskModel model(Task ground, boolean resumes) throws IOException {
    TaskModel model =
        resumes
            ? ground.resume(Checkpoint.read(init), Split.TRAIN, seed)
            : ground.begin(Split.TRAIN, seed);
    if (resetHead) {
      model.resetHeads();
    }
    return model;
  }

  private Map<String, String> notes(Task ground) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("loss", loss);
    notes.put("steps", Integer.toString(steps));
    notes.put("seed", Long.toString(seed));
    notes.put("task", ground.toJson().toString());
    return notes;
  }

  private int report(TrainingResult result, Task ground, int bestStep) {
    if (json) {
      ObjectNode line =
          Json.MAPPER
              .createObjectNode()
              .put("status", result.status().name())
              .put("steps", result.steps())
              .put("firstLoss", result.firstLoss())
              .put("lastLoss", result.lastLoss())
              .put("seconds", result.seconds());
      if (bestStep >= 0) {
        line.put("bestStep", bestStep);
      }
      Labels.putInto(line, ground);
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
              "%s: %s%d steps in %.1f s, loss %.4f at first, %.4f at last%n",
              out,
              bestStep >= 0 ? "best of step " + bestStep + "; " : "",
              result.steps(),
              result.seconds(),
              result.firstLoss(),
              result.lastLoss());
      spec.commandLine().getOut().flush();
    }
    return 0;
  }
}

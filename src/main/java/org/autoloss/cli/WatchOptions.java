package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.autoloss.metric.Metric;
import org.autoloss.report.TrainingCurves;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.train.Snapshots;
import picocli.CommandLine.Option;

/** The options that say what happens while a network is trained. */
final class WatchOptions {
  @Option(
      names = "--snapshot-every",
      defaultValue = "0",
      paramLabel = "STEPS",
      description =
          "steps after which the training is saved beside --out, to go on from with --resume; 0 for"
              + " never")
  private int snapshotEvery;

  @Option(
      names = "--resume",
      description =
          "go on from the last snapshot; the result is that of a training without interruption")
  private boolean resume;

  @Option(
      names = "--evaluate-every",
      defaultValue = "0",
      paramLabel = "STEPS",
      description = "steps after which the network is measured; 0 for never")
  private int evaluateEvery;

  @Option(
      names = "--evaluate-split",
      defaultValue = "reward",
      description = "the list that it is measured on")
  private String evaluateSplit;

  @Option(
      names = "--best",
      paramLabel = "METRIC",
      description =
          "write the network that was best in this metric, such as mIoU (default: the last one)")
  private String best;

  @Option(
      names = "--log",
      paramLabel = "FOLDER",
      description = "folder for the curves of loss, learning rate and metrics, for TensorBoard")
  private Path log;

  /** The lists that a training needs. */
  Map<Split, String> splits(String train) {
    Map<Split, String> splits = new EnumMap<>(Split.class);
    splits.put(Split.TRAIN, train);
    if (evaluateEvery > 0) {
      splits.put(Split.REWARD, evaluateSplit);
    }
    return splits;
  }

  TrainingWatch.Plan plan(Task task) {
    if (evaluateEvery < 0) {
      throw new IllegalArgumentException(
          "--evaluate-every: expected 0 or more steps, got " + evaluateEvery);
    }
    if (best != null && evaluateEvery == 0) {
      throw new IllegalArgumentException("--best: expected --evaluate-every with it, got none");
    }
    return new TrainingWatch.Plan(evaluateEvery, Split.REWARD, best == null ? null : metric(task));
  }

  private Metric metric(Task task) {
    return task.metrics().stream()
        .filter(metric -> metric.label().equalsIgnoreCase(best))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--best: expected one of "
                        + task.metrics().stream().map(Metric::label).toList()
                        + ", got '"
                        + best
                        + "'"));
  }

  TrainingCurves curves() throws IOException {
    return log == null ? null : TrainingCurves.create(log);
  }

  /** Says what is wrong before any work. */
  void requireSnapshot(Path out) throws IOException {
    if (snapshotEvery < 0) {
      throw new IllegalArgumentException(
          "--snapshot-every: expected 0 or more steps, got " + snapshotEvery);
    }
    if (resume && !Files.exists(file(out))) {
      throw new IllegalArgumentException(
          file(out) + ": expected what --snapshot-every left, got nothing; leave out --resume");
    }
    if (!resume) {
      Files.deleteIfExists(file(out)); // of a training that is given up now
    }
  }

  Snapshots snapshots(Path out, int steps, String recipe, Snapshots.Notes notes) {
    return new Snapshots(
        file(out), snapshotEvery == 0 ? Math.max(1, steps) : snapshotEvery, recipe, notes);
  }

  private static Path file(Path out) {
    return out.resolveSibling(out.getFileName() + ".resume");
  }
}

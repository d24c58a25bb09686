package org.autoloss.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.autoloss.internal.Display;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.report.TrainingCurves;
import org.autoloss.task.Split;
import org.autoloss.task.TaskModel;
import org.autoloss.train.Snapshots;
import org.autoloss.train.StepListener;
import org.autoloss.train.TrainingSettings;

/**
 * Watches a training: tells how far it is, draws its curves, measures the network at times and
 * keeps the best one.
 */
final class TrainingWatch implements StepListener, Snapshots.Notes, Closeable {
  /**
   * What is measured on the way.
   *
   * @param every so many steps; 0 for never
   * @param split on what
   * @param best whose largest value is kept; null to keep the last network
   */
  record Plan(int every, Split split, Metric best) {}

  private final TrainingSettings settings;
  private final TaskModel model;
  private final Plan plan;
  private final Path bestFile;
  private final Progress progress;
  private final TrainingCurves curves;
  private double best = Double.NEGATIVE_INFINITY;
  private int bestStep = -1;

  TrainingWatch(
      TrainingSettings settings,
      TaskModel model,
      Plan plan,
      Path out,
      Progress progress,
      TrainingCurves curves) {
    this.settings = settings;
    this.model = model;
    this.plan = plan;
    this.bestFile = out.resolveSibling(out.getFileName() + ".best");
    this.progress = progress;
    this.curves = curves;
  }

  @Override
  public boolean needs(int step) {
    return plan.every() > 0 && ((step + 1) % plan.every() == 0 || step + 1 == settings.steps());
  }

  @Override
  public void stepped(int step, int steps, double loss) {
    progress.advanced();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("train/loss", loss);
    values.put("train/learning rate", settings.learningRate(step));
    try {
      if (needs(step)) {
        measure(step + 1, values);
      }
      if (curves != null) {
        curves.put(step + 1, values);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private void measure(int step, Map<String, Double> values) throws IOException {
    Evaluation evaluation = model.evaluate(plan.split());
    evaluation.values().forEach((metric, value) -> values.put(curve(metric), value));
    Metric metric = plan.best();
    if (metric == null) {
      return;
    }
    double value = evaluation.value(metric);
    progress.message(
        String.format(
            Locale.ROOT, "step %d: %s %s %%", step, metric.label(), Display.percent(value)));
    if (value > best) {
      best = value;
      bestStep = step;
      model.checkpoint().write(bestFile);
    }
  }

  private String curve(Metric metric) {
    return plan.split().label() + "/" + metric.label();
  }

  /** The network to keep. */
  Checkpoint result() throws IOException {
    return bestStep < 0 ? model.checkpoint() : Checkpoint.read(bestFile);
  }

  /** What is to be said about it. */
  Map<String, String> notes() {
    return bestStep < 0
        ? Map.of()
        : Map.of(
            "bestStep",
            Integer.toString(bestStep),
            "best",
            plan.best().label() + "=" + best + " on " + plan.split().label());
  }

  int bestStep() {
    return bestStep;
  }

  @Override
  public String save() {
    return bestStep + " " + best;
  }

  @Override
  public void restore(String kept) {
    String[] parts = kept.split(" ");
    bestStep = Integer.parseInt(parts[0]);
    best = Double.parseDouble(parts[1]);
    if (bestStep >= 0 && !Files.exists(bestFile)) {
      throw new IllegalArgumentException(
          bestFile + ": expected the best network so far, got nothing; train from the beginning");
    }
  }

  /** Removes what is only needed on the way. */
  void discardBest() throws IOException {
    Files.deleteIfExists(bestFile);
  }

  @Override
  public void close() throws IOException {
    if (curves != null) {
      curves.close();
    }
  }
}

package org.autoloss.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.StateDict;
import org.autoloss.train.Optimiser;
import org.autoloss.train.TrainingSettings;

/**
 * A model of a {@link DividedTask}.
 *
 * @param inner the model
 * @param division of the reward split
 */
record DividedModel(TaskModel inner, Division division) implements TaskModel {
  @Override
  public Evaluation evaluate(Split split) {
    if (split == Split.CONFIRM && division.confirm() > 0) {
      return inner.evaluate(Split.REWARD, division.confirmation());
    }
    return split == Split.REWARD ? reward() : inner.evaluate(split);
  }

  @Override
  public Evaluation evaluate(Split split, Path results) throws IOException {
    return inner.evaluate(split, results);
  }

  /** Each metric's score over the folds. */
  private Evaluation reward() {
    List<Evaluation> folds =
        division.rewards().stream().map(fold -> inner.evaluate(Split.REWARD, fold)).toList();
    if (folds.size() == 1) {
      return folds.get(0);
    }
    Map<Metric, Double> scores = new LinkedHashMap<>();
    for (Metric metric : folds.get(0).values().keySet()) {
      List<Double> values = folds.stream().map(fold -> fold.value(metric)).toList();
      scores.put(metric, division.score().of(values));
    }
    return new Evaluation(scores);
  }

  @Override
  public Map<String, Pair> forward(long step) {
    return inner.forward(step);
  }

  @Override
  public Optimiser optimiser(TrainingSettings settings) {
    return inner.optimiser(settings);
  }

  @Override
  public boolean isFinite() {
    return inner.isFinite();
  }

  @Override
  public int lossesAtOnce() {
    return inner.lossesAtOnce();
  }

  @Override
  public StateDict state() {
    return inner.state();
  }

  @Override
  public void restore(StateDict state, int step) throws IOException {
    inner.restore(state, step);
  }

  @Override
  public void resetHeads() {
    inner.resetHeads();
  }

  @Override
  public Checkpoint checkpoint() {
    return inner.checkpoint();
  }

  @Override
  public void drawExamples(Split split, ExampleFiles files) throws IOException {
    inner.drawExamples(split, files);
  }

  @Override
  public void close() {
    inner.close();
  }
}

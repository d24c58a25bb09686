package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.train.TrainingSettings;

/**
 * A task whose reward split is divided; all else is that of the task inside.
 *
 * @param inner the task
 * @param division of its reward split
 */
record DividedTask(Task inner, Division division) implements Task {
  DividedTask {
    OptionalInt size = inner.samples(Split.REWARD);
    if (size.isEmpty()) {
      throw new IllegalArgumentException(
          "reward split: expected a task that measures parts of a list, got one that measures whole"
              + " lists only; give --confirm-split another list, and leave out --folds");
    }
    List<Range> parts = new ArrayList<>(division.rewards());
    if (division.confirm() > 0) {
      parts.add(division.confirmation());
    }
    for (Range part : parts) {
      if (part.first(size.getAsInt()) == part.end(size.getAsInt())) {
        throw new IllegalArgumentException(
            "reward split: expected a sample in each of "
                + parts.size()
                + " parts, got "
                + size.getAsInt()
                + " samples in all; give a longer list, fewer --folds, or --confirm-split another"
                + " list");
      }
    }
  }

  private TaskModel divided(TaskModel model) {
    return new DividedModel(model, division);
  }

  @Override
  public List<Branch> branches() {
    return inner.branches();
  }

  @Override
  public List<? extends Metric> metrics() {
    return inner.metrics();
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return divided(inner.begin(split, seed));
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    return divided(inner.resume(start, split, seed));
  }

  @Override
  public TrainingSettings training(int steps) {
    return inner.training(steps);
  }

  @Override
  public List<Double> learningRates() {
    return inner.learningRates();
  }

  @Override
  public Map<String, RejectionProtocol> rejection(
      List<Branch> searched,
      ObjectiveMetric objective,
      RejectionPlan plan,
      Supplier<Checkpoint> start,
      long seed) {
    return inner.rejection(searched, objective, plan, start, seed);
  }

  @Override
  public RejectionSettings rejectionSettings() {
    return inner.rejectionSettings();
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = inner.toJson();
    division.putInto(json);
    return json;
  }

  @Override
  public List<String> warnings() {
    return inner.warnings();
  }

  @Override
  public Optional<LoadReport> initialWeights() {
    return inner.initialWeights();
  }

  @Override
  public ObjectNode contents() {
    return inner.contents();
  }

  @Override
  public String baseline() {
    return inner.baseline();
  }

  @Override
  public Map<String, String> namedLosses() {
    return inner.namedLosses();
  }
}

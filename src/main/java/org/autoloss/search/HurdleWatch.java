package org.autoloss.search;

import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.StepListener;

/** Measures a training at its hurdle, if it has one, and ends it there if it is not good enough. */
final class HurdleWatch implements StepListener {
  private final Trial.Work work;
  private final Task task;
  private final TaskModel model;
  private final Map<String, Double> metrics = new LinkedHashMap<>();
  private boolean passed = true;

  HurdleWatch(Trial.Work work, Task task, TaskModel model) {
    this.work = work;
    this.task = task;
    this.model = model;
  }

  /** What was measured, by names of its own; empty before the hurdle. */
  Map<String, Double> metrics() {
    return metrics;
  }

  @Override
  public void stepped(int step, int steps, double loss) {
    if (!needs(step)) {
      return;
    }
    Trial.Hurdle hurdle = work.hurdle();
    ObjectiveMetric objective = ObjectiveMetric.parse(hurdle.objective(), task.metrics());
    Evaluation found = model.evaluate(work.measured());
    objective
        .metrics()
        .forEach(
            metric -> {
              if (!Double.isNaN(found.value(metric))) {
                metrics.put(TrialResult.atHurdle(metric.label()), found.value(metric));
              }
            });
    passed = !(objective.value(found) < hurdle.bar());
  }

  @Override
  public boolean needs(int step) {
    return work.hurdle() != null && step == work.hurdle().step() - 1;
  }

  @Override
  public boolean goesOn(int step) {
    return passed;
  }
}

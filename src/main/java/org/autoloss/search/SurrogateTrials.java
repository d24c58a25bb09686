package org.autoloss.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.internal.Display;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.surrogate.SurrogateSpace;
import org.autoloss.task.Branch;
import org.autoloss.task.Task;

/** Trains points of the space of Auto Seg-Loss's surrogates, for the methods that search it. */
public final class SurrogateTrials {
  private final SearchSession session;
  private final SurrogateSpace space;
  private final List<ScoredLoss> all = new ArrayList<>();

  /**
   * No trial yet.
   *
   * @param session where to train
   * @param with specification of a loss beside the surrogates; null for none
   */
  public SurrogateTrials(SearchSession session, String with) {
    this.session = session;
    space = space(session.task(), session.objective(), with);
  }

  /**
   * The surrogates of an objective.
   *
   * @param task with one branch of classes
   * @param objective of metrics that have a surrogate
   * @param with specification of a loss beside the surrogates; null for none
   * @return the space of their parameters
   * @throws IllegalArgumentException if the task or a metric has no surrogates, or the loss beside
   *     them does not compare classes
   */
  public static SurrogateSpace space(Task task, ObjectiveMetric objective, String with) {
    List<Branch> branches = task.branches();
    if (branches.size() != 1 || branches.get(0).input() != LossInput.CLASSES) {
      throw new IllegalArgumentException(
          "task: expected one branch of classes, for which there are surrogates, got "
              + branches.stream().map(Branch::name).toList()
              + "; take search zero");
    }
    SurrogateSpace space = new SurrogateSpace(objective, ClassPolicy.ASL, with);
    space.loss(space.identity()).close(); // refuses metrics without a surrogate, and other losses
    return space;
  }

  /**
   * Trains the points of a step.
   *
   * @param step from 0
   * @param points of the space
   * @param seed of all trainings of the step, so that they differ by their losses alone
   * @return their scores
   */
  public double[] train(int step, double[][] points, long seed) {
    List<Trial> trials =
        IntStream.range(0, points.length)
            .mapToObj(m -> session.proxy(step, m, seed, artefact(points[m])))
            .toList();
    List<TrialResult> results = session.train(trials, this::tell);
    for (int m = 0; m < points.length; m++) {
      TrialResult result = results.get(m);
      all.add(
          new ScoredLoss(
              trials.get(m).name(),
              trials.get(m).loss(),
              result,
              result.score(session.objective())));
    }
    return all.subList(all.size() - points.length, all.size()).stream()
        .mapToDouble(ScoredLoss::score)
        .toArray();
  }

  /**
   * The space of the points.
   *
   * @return that of the session's objective
   */
  public SurrogateSpace space() {
    return space;
  }

  /**
   * All trained points.
   *
   * @return in the order of the search
   */
  public List<ScoredLoss> all() {
    return all;
  }

  private String artefact(double[] theta) {
    try (Loss loss = space.loss(theta)) {
      return loss.toJson();
    }
  }

  private void tell(Trial trial, TrialResult result) {
    session
        .progress()
        .message(
            String.format(
                Locale.ROOT,
                "proxy %s: %s %s %% in %.1f s%s",
                trial.name(),
                session.objective().label(),
                Display.percent(result.score(session.objective())),
                result.seconds(),
                result.ok() ? "" : ", " + result.status().label()));
    session.progress().advanced();
  }
}

package org.autoloss.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongUnaryOperator;
import org.autoloss.loss.LossSet;
import org.autoloss.search.Workers;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.StepListener;
import org.autoloss.train.Trainer;
import org.autoloss.train.UndefinedLogitsException;

/**
 * Measures a step and an evaluation, by all workers side by side, with fresh weights. What it draws
 * and learns is thrown away.
 *
 * @param task data and network
 */
record CostProbe(Task task) {
  // The first step of a training is not like the others: memory and kernels are made ready.
  private static final int STEPS = 3;

  /** Notes when each step ended, also on a device that works ahead. */
  private record Clock(long[] times) implements StepListener {
    @Override
    public void stepped(int step, int steps, double loss) {
      times[step] = System.nanoTime();
    }

    @Override
    public boolean needs(int step) {
      return true;
    }
  }

  /** Seconds that one worker takes beside the others, and the weights' size. */
  record Measured(double step, double evaluation, long checkpoint) {}

  /**
   * How much there is to do.
   *
   * @param warmSteps of the warm start
   * @param rates trainings that choose learning rates
   * @param proxies trainings of the search, if it goes to its own end
   * @param finals trainings after it
   * @param budget when the search ends before that
   * @param wholeSteps how many trainings there are when the search has had enough of them
   */
  record Work(
      int warmSteps,
      Trainings rates,
      Trainings proxies,
      Trainings finals,
      Budget budget,
      LongUnaryOperator wholeSteps) {}

  /**
   * Trainings of one length.
   *
   * @param count how many
   * @param steps of each
   */
  record Trainings(long count, int steps) {
    double seconds(Measured measured, int workers) {
      return count * (steps * measured.step() + measured.evaluation()) / workers;
    }

    /**
     * As many of them as there is time for, at least one.
     *
     * @param whole how many it really takes where there is time for some
     */
    Trainings within(double seconds, Measured measured, int workers, LongUnaryOperator whole) {
      double part = Math.max(0, seconds) / seconds(measured, workers);
      if (part >= 1) {
        return this;
      }
      long some = Math.max(1, Math.round(part * count));
      return new Trainings(Math.min(count, whole.applyAsLong(some)), steps);
    }
  }

  SearchCost measure(Work work, Path folder, Workers workers, int trainers) throws IOException {
    List<Callable<Measured>> probes = Collections.nCopies(workers.count(), this::probe);
    List<Measured> all = workers.run(probes);
    Measured measured =
        new Measured(
            all.stream().mapToDouble(Measured::step).average().orElseThrow(),
            all.stream().mapToDouble(Measured::evaluation).average().orElseThrow(),
            all.get(0).checkpoint());
    double warm = work.warmSteps() * measured.step() + work.rates().seconds(measured, trainers);
    double time = work.budget().seconds() - warm;
    Trainings proxies = work.proxies().within(time, measured, trainers, work.wholeSteps());
    double seconds =
        warm + proxies.seconds(measured, trainers) + work.finals().seconds(measured, trainers);
    long trainings = work.rates().count() + proxies.count() + work.finals().count();
    return new SearchCost(
        seconds,
        trainings,
        !work.budget().equals(Budget.NONE),
        trainers,
        SearchCost.residentMemory(),
        measured.checkpoint() + SearchCost.journal(trainings),
        // Not by FileStore: that looks for the mount point, which a chroot or container may not
        // show.
        existing(folder).toFile().getUsableSpace());
  }

  /** A folder that is there, or the one above it in which it will be. */
  private static Path existing(Path folder) {
    Path there = folder.toAbsolutePath();
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    return there;
  }

  private static void evaluate(TaskModel model) {
    try {
      model.evaluate(Split.REWARD);
    } catch (UndefinedLogitsException e) {
      // Whether a learning rate is too large, the search tells; this is about time.
    }
  }

  private Measured probe() {
    long[] times = new long[STEPS];
    try (LossSet losses = LossSet.parse(task.baseline(), task.branchInputs());
        TaskModel model = task.begin(Split.TRAIN, 0)) {
      new Trainer(task.training(STEPS).withEarlyStop(false), new Clock(times)).train(model, losses);
      long start = System.nanoTime();
      evaluate(model);
      double evaluation = (System.nanoTime() - start) / 1e9;
      return new Measured(
          (times[STEPS - 1] - times[0]) / 1e9 / (STEPS - 1),
          evaluation,
          model.checkpoint().bytes());
    }
  }
}

package org.autoloss.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.autoloss.loss.LossSet;
import org.autoloss.search.Workers;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
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

  /** Seconds that one worker takes beside the others, and the weights' size. */
  private record Measured(double step, double evaluation, long checkpoint) {}

  /**
   * How much there is to do.
   *
   * @param warmSteps of the warm start
   * @param steps of all other trainings together
   * @param trainings their number
   */
  record Work(long warmSteps, long steps, long trainings) {}

  SearchCost measure(Work work, Path folder, Workers workers) throws IOException {
    List<Callable<Measured>> probes = Collections.nCopies(workers.count(), this::probe);
    List<Measured> measured = workers.run(probes);
    double step = measured.stream().mapToDouble(Measured::step).average().orElseThrow();
    double evaluation = measured.stream().mapToDouble(Measured::evaluation).average().orElseThrow();
    double seconds =
        work.warmSteps() * step
            + (work.steps() * step + work.trainings() * evaluation) / workers.count();
    return new SearchCost(
        seconds,
        work.trainings(),
        workers.count(),
        SearchCost.residentMemory(),
        measured.get(0).checkpoint() + SearchCost.journal(work.trainings()),
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
      new Trainer(
              task.training(STEPS).withEarlyStop(false),
              (step, steps, value) -> times[step] = System.nanoTime())
          .train(model, losses);
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

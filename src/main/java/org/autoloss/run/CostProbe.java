package org.autoloss.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.autoloss.loss.Loss;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.search.Workers;
import org.autoloss.train.FineTuning;
import org.autoloss.train.UndefinedLogitsException;

/**
 * Measures a step and an evaluation, by all workers side by side, with fresh weights. What it draws
 * and learns is thrown away.
 *
 * @param task data and network
 * @param loss what the steps train by
 */
record CostProbe(SegmentationTask task, String loss) {
  // The first step of a training is not like the others: memory and kernels are made ready.
  private static final int STEPS = 3;
  // What an entry of the journal takes, with its share of the indexes and of the scalars: 1,510
  // trainings of AutoLoss-Zero, three entries each, took 1,100 bytes each.
  private static final long ENTRY_BYTES = 400;
  // The empty journal, pictures, tables.
  private static final long DOCUMENT_BYTES = 150_000;

  /** Seconds that one worker takes beside the others. */
  private record Measured(double step, double evaluation) {}

  /**
   * How much there is to do.
   *
   * @param warmSteps of the warm start
   * @param steps of all other trainings together
   * @param trainings their number
   * @param entries that the journal will hold
   */
  record Work(long warmSteps, long steps, long trainings, long entries) {}

  SearchCost measure(Work work, Path folder, Workers workers) throws IOException {
    Checkpoint fresh = task.freshNetwork();
    List<Callable<Measured>> probes = Collections.nCopies(workers.count(), () -> probe(fresh));
    List<Measured> measured = workers.run(probes);
    double step = measured.stream().mapToDouble(Measured::step).average().orElseThrow();
    double evaluation = measured.stream().mapToDouble(Measured::evaluation).average().orElseThrow();
    long checkpoint = (long) Float.BYTES * (fresh.parameters().length + fresh.statistics().length);
    double seconds =
        work.warmSteps() * step
            + (work.steps() * step + work.trainings() * evaluation) / workers.count();
    return new SearchCost(
        seconds,
        work.trainings(),
        workers.count(),
        SearchCost.residentMemory(),
        checkpoint + DOCUMENT_BYTES + work.entries() * ENTRY_BYTES,
        // Not by FileStore: that looks for the mount point, which a chroot or container may not
        // show.
        folder.toFile().getUsableSpace());
  }

  private Measured probe(Checkpoint fresh) {
    long[] times = new long[STEPS];
    FineTuning tuning = task.fineTuning(fresh, STEPS, false);
    try (Loss criterion = Loss.parse(loss);
        FineTuning.Trained trained =
            tuning.run(criterion, 0, (step, steps, value) -> times[step] = System.nanoTime())) {
      long start = System.nanoTime();
      evaluate(trained.network());
      double evaluation = (System.nanoTime() - start) / 1e9;
      return new Measured((times[STEPS - 1] - times[0]) / 1e9 / (STEPS - 1), evaluation);
    }
  }

  private void evaluate(Network network) {
    try {
      task.rewardEvaluator().evaluate(network);
    } catch (UndefinedLogitsException e) {
      // Whether a learning rate is too large, the search tells; this is about time.
    }
  }
}

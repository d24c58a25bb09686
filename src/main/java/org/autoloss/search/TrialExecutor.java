package org.autoloss.search;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * Carries trials out: on threads of this process ({@link LocalExecutor}), from what a run has
 * written down already ({@link JournalledExecutor}), or elsewhere.
 *
 * <p>A result depends on the trial alone, never on where or beside what it was made. A training
 * that fails by its loss is a result ({@link TrialResult.Status}); an exception says that the
 * executor cannot go on.
 */
public interface TrialExecutor extends AutoCloseable {
  /**
   * Begins a trial, or puts it at the end of the line where all are busy.
   *
   * @param trial what to do
   * @return its result as soon as it is there; to cancel it ends the trial
   */
  CompletableFuture<TrialResult> submit(Trial trial);

  /**
   * Carries trials out and waits for all of them.
   *
   * @param trials any number, started in this order
   * @param done called for each as it ends, by the thread that waits; the order varies from run to
   *     run
   * @return the results, in the trials' order
   * @throws RuntimeException the first one of a trial or of {@code done}; trials that have not
   *     started are dropped
   */
  default List<TrialResult> evaluate(List<Trial> trials, BiConsumer<Trial, TrialResult> done) {
    try (Submissions submissions = new Submissions(this)) {
      trials.forEach(submissions::add);
      TrialResult[] results = new TrialResult[trials.size()];
      for (int i = 0; i < results.length; i++) {
        int ended = submissions.next();
        results[ended] = submissions.result(ended);
        done.accept(trials.get(ended), results[ended]);
      }
      return List.of(results);
    }
  }

  /**
   * How many trials run side by side, as of now.
   *
   * @return at least 1
   */
  int parallelism();

  /** Interrupts what runs, and frees what the executor holds. Closing twice is harmless. */
  @Override
  void close();
}

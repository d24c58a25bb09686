package org.autoloss.search;

import java.util.List;
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
   * Carries trials out and waits for all of them.
   *
   * @param trials any number, started in this order
   * @param done called for each as it ends; calls never overlap, their order varies from run to run
   * @return the results, in the trials' order
   * @throws RuntimeException the first one of a trial or of {@code done}; trials that have not
   *     started are dropped
   */
  List<TrialResult> evaluate(List<Trial> trials, BiConsumer<Trial, TrialResult> done);

  /**
   * How many trials run side by side.
   *
   * @return at least 1
   */
  int parallelism();

  /** Interrupts what runs, and frees what the executor holds. Closing twice is harmless. */
  @Override
  void close();
}

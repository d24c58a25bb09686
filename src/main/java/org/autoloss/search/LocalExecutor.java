package org.autoloss.search;

import java.util.concurrent.CompletableFuture;

/** Carries trials out on threads of this process. */
public final class LocalExecutor implements TrialExecutor {
  private final TrialRunner runner;
  private final Workers workers;

  /**
   * An executor.
   *
   * @param runner what each thread does
   * @param workers the threads; the caller closes them
   */
  public LocalExecutor(TrialRunner runner, Workers workers) {
    this.runner = runner;
    this.workers = workers;
  }

  @Override
  public CompletableFuture<TrialResult> submit(Trial trial) {
    return workers.submit(() -> runner.run(trial));
  }

  @Override
  public int parallelism() {
    return workers.count();
  }

  @Override
  public void close() {}
}

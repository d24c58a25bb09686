package org.autoloss.search;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

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
  public List<TrialResult> evaluate(List<Trial> trials, BiConsumer<Trial, TrialResult> done) {
    return workers.run(
        trials.stream().<Callable<TrialResult>>map(trial -> () -> run(trial, done)).toList());
  }

  private TrialResult run(Trial trial, BiConsumer<Trial, TrialResult> done) {
    TrialResult result = runner.run(trial);
    synchronized (this) {
      done.accept(trial, result);
    }
    return result;
  }

  @Override
  public int parallelism() {
    return workers.count();
  }

  @Override
  public void close() {}
}

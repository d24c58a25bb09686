package org.autoloss.search;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Trials in the hands of an executor, by the order in which they were handed over, and their
 * endings by the order in which they come. Of one thread; closing it cancels what has not ended.
 */
public final class Submissions implements AutoCloseable {
  private final TrialExecutor executor;
  private final Map<Integer, CompletableFuture<TrialResult>> results = new HashMap<>();
  private final BlockingQueue<Integer> ended = new LinkedBlockingQueue<>();
  private int count;

  /**
   * Nothing is submitted yet.
   *
   * @param executor who trains
   */
  public Submissions(TrialExecutor executor) {
    this.executor = executor;
  }

  /**
   * Begins one more trial.
   *
   * @param trial what to do
   */
  public void add(Trial trial) {
    int number = count++;
    CompletableFuture<TrialResult> result = executor.submit(trial);
    results.put(number, result);
    result.whenComplete((value, failure) -> ended.add(number));
  }

  /**
   * Waits for a trial to end.
   *
   * @return its number, from 0; each number is given once
   * @throws IllegalStateException if this thread is interrupted
   */
  public int next() {
    try {
      return ended.take();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /**
   * How a trial ended; waits for it, and keeps it no longer.
   *
   * @param number of the trial, from 0, whose result was not asked for before
   * @return its result
   * @throws RuntimeException what it failed by
   */
  public TrialResult result(int number) {
    try {
      return results.remove(number).get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw Workers.unchecked(e.getCause());
    } catch (CancellationException e) {
      throw new IllegalStateException("trial: cancelled", e);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("trials: interrupted", e);
  }

  @Override
  public void close() {
    results.values().forEach(result -> result.cancel(true));
  }
}

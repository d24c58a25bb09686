package org.autoloss.search;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A fixed number of threads that run tasks side by side; results keep the tasks' order. */
public final class Workers implements AutoCloseable {
  private static final int CLOSE_SECONDS = 10;

  private final int count;
  private final ExecutorService executor;

  private Workers(int count) {
    this.count = count;
    executor =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "autoloss-worker");
              // A process that ends, by Ctrl-C or an error, does not wait for a training.
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Workers.
   *
   * @param count from 1 to 1024
   * @return idle workers; the caller closes them
   * @throws IllegalArgumentException if the count is out of range
   */
  public static Workers of(int count) {
    if (count < 1 || count > 1024) {
      throw new IllegalArgumentException("workers: expected 1 to 1024, got " + count);
    }
    return new Workers(count);
  }

  /**
   * How many there are.
   *
   * @return as given at construction
   */
  public int count() {
    return count;
  }

  /**
   * Runs all tasks.
   *
   * @param <T> the results' type
   * @param tasks to run, started in this order
   * @return the results, in the tasks' order
   * @throws RuntimeException the first one that a task threw; tasks not yet started are dropped
   */
  public <T> List<T> run(List<? extends Callable<T>> tasks) {
    CompletionService<T> completion = new ExecutorCompletionService<>(executor);
    List<Future<T>> futures = new ArrayList<>();
    tasks.forEach(task -> futures.add(completion.submit(task)));
    try {
      for (int i = 0; i < futures.size(); i++) {
        completion.take().get();
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("workers: interrupted", e);
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    } finally {
      futures.forEach(future -> future.cancel(true));
    }
  }

  /**
   * Runs one task when its turn comes.
   *
   * @param <T> the result's type
   * @param task to run
   * @return its result; to cancel it interrupts the task, or drops it if it has not begun
   */
  public <T> CompletableFuture<T> submit(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Future<?> running =
        executor.submit(
            () -> {
              try {
                result.complete(task.call());
              } catch (Throwable e) { // an error, too, is for whoever waits
                result.completeExceptionally(e);
              }
            });
    result.whenComplete(
        (value, failure) -> {
          if (result.isCancelled()) {
            running.cancel(true);
          }
        });
    return result;
  }

  /** Drops what has not started, interrupts the rest, and waits a moment for it to end. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      // A process that exits while native code runs may crash on its way out.
      executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException(cause.getMessage(), cause);
  }
}

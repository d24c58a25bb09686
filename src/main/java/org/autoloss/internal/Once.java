package org.autoloss.internal;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A native library that is loaded once, on a thread that nobody interrupts. What fails is tried
 * again, unless it has cost a class.
 */
final class Once {
  private final Callable<Void> loading;
  private boolean done;
  private Throwable lost;

  Once(Callable<Void> loading) {
    this.loading = loading;
  }

  synchronized void run() {
    if (lost != null) {
      throw NativeFailure.explained(lost);
    }
    if (!done) {
      apart();
      done = true;
    }
  }

  private void apart() {
    FutureTask<Void> task = new FutureTask<>(loading);
    Thread thread = new Thread(task, "autoloss-natives");
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      lost = e.getCause() instanceof LinkageError error ? error : null;
      throw NativeFailure.explained(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

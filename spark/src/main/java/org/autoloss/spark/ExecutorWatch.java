package org.autoloss.spark;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/** Tells of executors that are gone, and of those that die before they can do anything. */
final class ExecutorWatch extends SparkListener {
  private static final int MOST_STILLBORN = 8;

  private final Consumer<String> messages;
  private final Set<String> alive = new HashSet<>();
  private int stillborn; // in a row
  private String reason = "";
  private boolean closed;

  ExecutorWatch(Consumer<String> messages) {
    this.messages = messages;
  }

  @Override
  public synchronized void onExecutorAdded(SparkListenerExecutorAdded added) {
    alive.add(added.executorId());
    stillborn = 0;
  }

  @Override
  public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    if (closed) {
      return;
    }
    reason = removed.reason().lines().findFirst().orElse("");
    if (alive.remove(removed.executorId())) {
      messages.accept(
          "executor "
              + removed.executorId()
              + " is gone ("
              + reason
              + "); what it trained begins again on another one");
    } else if (++stillborn == MOST_STILLBORN) {
      messages.accept(sentence());
    }
  }

  private String sentence() {
    return String.format(
        Locale.ROOT,
        "spark: expected executors that live, got %d in a row that died as they began (%s); look at"
            + " stderr in the work folder of a worker",
        stillborn,
        reason);
  }

  /**
   * Says so if executors die as they begin.
   *
   * @throws IllegalStateException if many did, one after the other
   */
  synchronized void requireViable() {
    if (stillborn >= MOST_STILLBORN) {
      throw new IllegalStateException(sentence());
    }
  }

  /** From now on, executors end because they are no longer needed. */
  synchronized void close() {
    closed = true;
  }
}

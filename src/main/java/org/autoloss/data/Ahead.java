package org.autoloss.data;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;

/**
 * Makes things ahead of whoever asks for them one after the other, such as batches: while a network
 * computes, threads decode. What is made does not depend on it.
 *
 * <p>At most as many things wait as there are threads, so that memory stays bounded. For one
 * caller.
 *
 * @param <T> what is made
 */
public final class Ahead<T> implements AutoCloseable {
  private final LongFunction<T> source;
  private final int threads;
  private final Map<Long, Future<T>> waiting = new HashMap<>();
  private ExecutorService executor;
  private long end;

  /**
   * Nothing is made until somebody asks.
   *
   * @param source makes a thing by its number; thread-safe if there are several threads
   * @param threads that make them, at least 1
   * @param end the first number that nobody will ask for
   */
  public Ahead(LongFunction<T> source, int threads, long end) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, got " + threads);
    }
    this.source = source;
    this.threads = threads;
    this.end = end;
  }

  /**
   * Changes how far it looks ahead.
   *
   * @param last the first number that nobody will ask for
   */
  public void until(long last) {
    end = last;
  }

  /**
   * A thing, waiting for it if it is not ready.
   *
   * @param index its number; mostly one more than the last time
   * @return what the source makes
   * @throws RuntimeException what the source throws
   * @throws IllegalStateException if this thread is interrupted while it waits
   */
  public T get(long index) {
    drop(index);
    // In this order, so that one thread makes one after the other.
    for (long next = index; next <= index + threads && (next < end || next == index); next++) {
      waiting.computeIfAbsent(next, this::submit);
    }
    return await(waiting.remove(index));
  }

  /** What was made for somebody who then asked for something else. */
  private void drop(long index) {
    Iterator<Map.Entry<Long, Future<T>>> all = waiting.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Long, Future<T>> each = all.next();
      if (each.getKey() < index || each.getKey() > index + threads) {
        each.getValue().cancel(false);
        all.remove();
      }
    }
  }

  private Future<T> submit(long index) {
    if (executor == null) {
      executor =
          Executors.newFixedThreadPool(
              threads,
              task -> {
                Thread thread = new Thread(task, "autoloss-ahead");
                thread.setDaemon(true);
                return thread;
              });
    }
    return executor.submit(() -> source.apply(index));
  }

  private static <T> T await(Future<T> asked) {
    try {
      return asked.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("training: interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException runtime) {
        throw runtime;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
    }
  }

  /** Ends the threads, and drops what nobody has asked for. Closing twice is harmless. */
  @Override
  public void close() {
    if (executor != null) {
      executor.shutdownNow();
      executor = null;
    }
    waiting.clear();
    end = 0;
  }
}

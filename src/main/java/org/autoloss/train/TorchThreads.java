package org.autoloss.train;

import org.autoloss.internal.Libtorch;
import org.bytedeco.pytorch.global.torch;

/**
 * Gives a piece of work one libtorch thread, its own.
 *
 * <p>With several threads, libtorch splits sums by the number of threads, and rounding follows.
 * With one, a training gives the same bits whether it runs alone or beside others.
 */
public final class TorchThreads {
  private TorchThreads() {}

  /**
   * What to run.
   *
   * @param <T> its result
   * @param <E> what it may throw
   */
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    /**
     * Runs.
     *
     * @return the result
     * @throws E as it likes
     */
    T run() throws E;
  }

  /**
   * Runs work on this thread, with libtorch confined to it.
   *
   * @param <T> the result's type
   * @param <E> what the work may throw
   * @param work what to run
   * @return what it returned
   * @throws E if the work does
   */
  public static <T, E extends Exception> T single(Work<T, E> work) throws E {
    Libtorch.load();
    // Asking comes first: libtorch sets a thread's number up at its first question, from a global
    // that another worker may just have restored. OpenMP's number belongs to the calling thread, so
    // setting it here touches no other worker.
    int before = torch.get_num_threads();
    torch.set_num_threads(1);
    try {
      return work.run();
    } finally {
      torch.set_num_threads(before);
    }
  }

  /**
   * Ends work on a thread that was interrupted: whoever stops a pool of workers interrupts them,
   * and need not wait for whole trainings.
   *
   * @param work what to call it in the message
   * @throws IllegalStateException if this thread is interrupted
   */
  public static void requireUninterrupted(String work) {
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException(work + ": interrupted");
    }
  }
}

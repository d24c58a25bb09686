package org.autoloss.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.autoloss.internal.Shell;
import org.autoloss.storage.RunReader;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Ends a command cleanly on Ctrl-C or a request to terminate: interrupts the trainings, lets the
 * run be closed, and says how to go on.
 *
 * <p>It is the outermost resource of the command, so that its closing says that all else is closed.
 */
final class Interruption implements AutoCloseable {
  // Together with the start and the end of the virtual machine's own work less than two seconds.
  private static final long PATIENCE_MILLIS = 1_500;
  private static final int EXIT_CODE = 130;

  private final PrintWriter err;
  private final Supplier<String> hint;
  private final Thread command = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupt, "autoloss-interruption");
  private volatile boolean requested;

  private Interruption(PrintWriter err, Supplier<String> hint) {
    this.err = err;
    this.hint = hint;
  }

  /** Watches a run that can be resumed, from now until it is closed. */
  static Interruption watch(CommandSpec spec, Path run) {
    return watch(
        spec,
        () ->
            RunReader.isRun(run)
                ? "Go on with: autoloss search resume " + Shell.word(run)
                : "No run has begun; repeat the command.");
  }

  /**
   * Watches from now until it is closed.
   *
   * @param hint how to go on, asked for after the interruption
   */
  static Interruption watch(CommandSpec spec, Supplier<String> hint) {
    Interruption interruption = new Interruption(spec.commandLine().getErr(), hint);
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  private void interrupt() {
    requested = true;
    command.interrupt();
    boolean clean = awaitClosed();
    err.printf(Locale.ROOT, "%nInterrupted. %s%n", hint.get());
    err.flush();
    if (!clean) {
      // A training that does not end now is ended with the process, before native code loses the
      // ground under its feet. The journal has what was written.
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  private boolean awaitClosed() {
    try {
      return closed.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Override
  public void close() {
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
        return;
      } catch (IllegalStateException e) {
        requested = true; // The end has begun in this moment.
      }
    }
    closed.countDown();
    // The process ends; what this thread would say about being interrupted is not news.
    while (true) {
      try {
        TimeUnit.DAYS.sleep(1);
      } catch (InterruptedException e) {
        // Nobody waits for this thread.
      }
    }
  }
}

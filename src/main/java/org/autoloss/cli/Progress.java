package org.autoloss.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.autoloss.search.ProgressListener;

/**
 * Shows progress: on a terminal a bar that rewrites itself, below the messages; elsewhere plain
 * lines, one for each tenth of a stage.
 */
final class Progress implements ProgressListener, AutoCloseable {
  private static final int CELLS = 24;
  private static final int PLAIN_PARTS = 10;
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintWriter out;
  private final boolean terminal;
  private String stage = "";
  private int total;
  private int done;
  private long start;
  private long drawn;

  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public synchronized void started(String name, int parts) {
    finishStage();
    stage = name;
    total = parts;
    done = 0;
    start = System.nanoTime();
    drawn = 0;
    draw();
  }

  @Override
  public synchronized void advanced() {
    done++;
    if (terminal && (done == total || System.nanoTime() - drawn > REDRAW_NANOS)) {
      draw();
    } else if (!terminal && (long) done * PLAIN_PARTS / total > (done - 1L) * PLAIN_PARTS / total) {
      draw();
    }
  }

  @Override
  public synchronized void message(String line) {
    if (terminal) {
      out.print("\r\033[K");
    }
    out.println(line);
    if (terminal) {
      draw();
    }
    out.flush();
  }

  /** Ends the bar's line. */
  @Override
  public synchronized void close() {
    finishStage();
  }

  private void finishStage() {
    if (terminal && total > 0) {
      out.println();
      out.flush();
    }
    total = 0;
  }

  private void draw() {
    if (total == 0) {
      return;
    }
    drawn = System.nanoTime();
    String text = String.format(Locale.ROOT, "%s %d/%d%s", stage, done, total, timeLeft());
    if (terminal) {
      int filled = (int) ((long) CELLS * done / total);
      out.print("\r\033[K[" + "#".repeat(filled) + " ".repeat(CELLS - filled) + "] " + text);
    } else {
      out.println(text);
    }
    out.flush();
  }

  private String timeLeft() {
    if (done == 0 || done >= total) {
      return "";
    }
    double perPart = (System.nanoTime() - start) / 1e9 / done;
    long left = Math.round(perPart * (total - done));
    return String.format(Locale.ROOT, ", %d:%02d left", left / 60, left % 60);
  }
}

package org.autoloss.search.evolution;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A program that proposes losses: lines from its output, answers into its input. Threads of its own
 * read and write, so that a program that says nothing, too much, or never listens holds nobody up.
 */
final class ProposerProcess implements Closeable {
  private static final int LONGEST_LINE = 100_000;
  private static final int LINES_AHEAD = 1_000;
  private static final long PAUSE_MILLIS = 200;
  private static final long LAST_WORDS_SECONDS = 5;
  private static final String END = new String("end"); // known by its identity: no program says it

  private final Process process;
  private final double timeout;
  private final BlockingQueue<String> said = new ArrayBlockingQueue<>(LINES_AHEAD);
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private String ending;

  private ProposerProcess(Process process, double timeout) {
    this.process = process;
    this.timeout = timeout;
    daemon(this::listen);
    daemon(this::speak);
  }

  /**
   * Starts a program.
   *
   * @param command as a shell takes it
   * @param timeout seconds within which it must say something
   */
  static ProposerProcess start(String command, double timeout) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new ProposerProcess(builder.start(), timeout);
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "autoloss-proposer");
    thread.setDaemon(true);
    thread.start();
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = line(lines)) != null) {
        said.put(line);
      }
    } catch (IOException e) {
      // It was closed, here or there.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      said.put(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A line, the beginning of a very long one; null at the end. */
  private static String line(Reader in) throws IOException {
    StringBuilder line = new StringBuilder();
    int c;
    while ((c = in.read()) >= 0 && c != '\n') {
      if (line.length() < LONGEST_LINE) {
        line.append((char) c);
      }
    }
    return c < 0 && line.length() == 0 ? null : line.toString();
  }

  private void speak() {
    try (BufferedWriter out = process.outputWriter(StandardCharsets.UTF_8)) {
      while (true) {
        out.write(told.take());
        out.newLine();
        if (told.isEmpty()) {
          out.flush();
        }
      }
    } catch (IOException e) {
      // It does not listen, which is its own affair.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The next lines that it says without a pause.
   *
   * @param most how many
   * @return at least one; none once it has ended, see {@link #ending}
   */
  List<String> next(int most) throws InterruptedException {
    List<String> lines = new ArrayList<>();
    String line = ending != null ? END : said.poll((long) (1000 * timeout), TimeUnit.MILLISECONDS);
    while (line != null && line != END) {
      if (!line.isBlank() && !line.startsWith("#")) {
        lines.add(line.strip());
      }
      if (lines.size() == most) {
        return lines;
      }
      line =
          lines.isEmpty()
              ? said.poll((long) (1000 * timeout), TimeUnit.MILLISECONDS)
              : said.poll(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
    if (line != null) {
      ending = ended();
    } else if (lines.isEmpty()) {
      ending = String.format(java.util.Locale.ROOT, "it said nothing for %.0f s", timeout);
    }
    return lines;
  }

  private String ended() throws InterruptedException {
    if (!process.waitFor(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
      return "it closed its output";
    }
    return process.exitValue() == 0
        ? "it has no more"
        : "it ended with exit code " + process.exitValue();
  }

  /** Why there are no more lines; null while there may be some. */
  String ending() {
    return ending;
  }

  /** Tells it a line. */
  void tell(String line) {
    told.add(line);
  }

  /** Ends the program, and what it has started. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}

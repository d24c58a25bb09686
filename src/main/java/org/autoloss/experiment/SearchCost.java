package org.autoloss.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a search will cost, as far as one measured step and one evaluation tell.
 *
 * @param seconds from start to end
 * @param trainings how many there will be, beside the warm start
 * @param limited whether a budget may end it before that
 * @param workers who share them
 * @param memory of the process while it trains, in bytes; 0 if the system does not say
 * @param disk that the run will take, in bytes
 * @param free room on the disk, in bytes
 */
public record SearchCost(
    double seconds,
    long trainings,
    boolean limited,
    int workers,
    long memory,
    long disk,
    long free) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final double MEGABYTE = 1e6;
  // What a training takes in the journal, with its share of the indexes and of the scalars: 500
  // trainings of AutoLoss-Zero took 1,100 bytes each.
  private static final long TRAINING_BYTES = 1_100;
  // The empty journal, pictures, tables.
  private static final long DOCUMENT_BYTES = 150_000;

  /**
   * Says whether the disk has room for it.
   *
   * @throws IllegalStateException if it has not
   */
  public SearchCost {
    if (free < disk) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "disk: expected room for the run's %.0f MB, got %.0f MB; make room, or give --out"
                  + " another disk",
              disk / MEGABYTE,
              free / MEGABYTE));
    }
  }

  /** What the journal and the documents of a run take, in bytes. */
  static long journal(long trainings) {
    return DOCUMENT_BYTES + trainings * TRAINING_BYTES;
  }

  /** The resident memory of this process, in bytes; 0 if the system does not say. */
  static long residentMemory() throws IOException {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }

  /** One line for people. */
  @Override
  public String toString() {
    long whole = Math.round(seconds);
    String time =
        whole < 3600
            ? String.format(Locale.ROOT, "%d:%02d minutes", whole / 60, whole % 60)
            : String.format(Locale.ROOT, "%d:%02d hours", whole / 3600, whole / 60 % 60);
    return String.format(
        Locale.ROOT,
        "cost: %s %s for %d trainings by %d workers; %.0f MB of memory; %.1f MB of disk"
            + " (%.0f MB free)",
        limited ? "at most about" : "about",
        time,
        trainings,
        workers,
        memory / MEGABYTE,
        disk / MEGABYTE,
        free / MEGABYTE);
  }
}

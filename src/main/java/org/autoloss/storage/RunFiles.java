package org.autoloss.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What is a run's own in its folder; anything else, such as a report, others have put there. */
public final class RunFiles {
  private static final List<String> DATABASE =
      List.of(
          Journal.FILE, Journal.FILE + "-wal", Journal.FILE + "-shm", Journal.FILE + "-journal");
  private static final Pattern OWN =
      Pattern.compile(
          "config\\.json|run\\..*|warm\\.ckpt|found\\.json|loss\\.png|examples|pareto"
              + "|(table|pareto|family|ablation|speed|tally)\\.[a-z]+|events\\.out\\.tfevents.*");

  private RunFiles() {}

  /**
   * Lists them.
   *
   * @param run the folder of a run
   * @return its database with the files that SQLite keeps beside it, there or not, and the
   *     documents and folders that are there
   * @throws IOException if the folder cannot be read
   */
  public static List<Path> of(Path run) throws IOException {
    List<Path> files = new ArrayList<>();
    DATABASE.forEach(name -> files.add(run.resolve(name)));
    try (Stream<Path> content = Files.list(run)) {
      content
          .filter(file -> OWN.matcher(file.getFileName().toString()).matches())
          .forEach(files::add);
    }
    return files;
  }
}

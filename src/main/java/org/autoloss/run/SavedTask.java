package org.autoloss.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.autoloss.run.journal.Journal;

/** The ground of a run, opened again: with the same data, and on what gives the same bits. */
public final class SavedTask {
  // What decides about bits. Another Java or another kernel of the system gives the same.
  private static final List<String> DECISIVE = List.of("autoloss", "pytorch", "instructions");

  private SavedTask() {}

  /**
   * Opens the data of a run.
   *
   * @param run the folder of the run
   * @param configuration the run's
   * @param moved where the data lies now; null if it lies where it lay
   * @return the task
   * @throws IllegalArgumentException if the data is not there or has changed, or if the present
   *     versions would give other results
   */
  public static SegmentationTask of(Path run, ObjectNode configuration, Path moved) {
    requireVersions(run, configuration.path("versions"));
    TaskSettings settings = read(run, configuration.path("task"), TaskSettings::of);
    SegmentationTask task =
        new SegmentationTask(moved == null ? settings : settings.withData(moved));
    JsonNode expected = configuration.at("/task/sha256");
    JsonNode got = task.toJson().path("sha256");
    expected
        .fieldNames()
        .forEachRemaining(split -> requireSame(moved, settings, split, expected, got));
    return task;
  }

  /**
   * Reads a part of a run's configuration.
   *
   * @param <T> what it is
   * @param run the folder of the run
   * @param configuration of the run
   * @param part makes the part of it
   * @return the part
   * @throws IllegalArgumentException if it cannot be made; the message names the run
   */
  public static <T> T read(Path run, JsonNode configuration, Function<JsonNode, T> part) {
    try {
      return part.apply(configuration);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          run
              + ": expected the configuration of a search, got a damaged one ("
              + e.getMessage()
              + "); restore "
              + Journal.FILE
              + " from a copy",
          e);
    }
  }

  private static void requireSame(
      Path moved, TaskSettings settings, String split, JsonNode expected, JsonNode got) {
    if (!expected.path(split).equals(got.path(split))) {
      throw new IllegalArgumentException(
          (moved == null ? settings.data() : moved)
              + ": expected the data that the run began with, got other files in the list of the "
              + split
              + " split; bring them back, or start a new run");
    }
  }

  private static void requireVersions(Path run, JsonNode began) {
    JsonNode now = Versions.toJson();
    for (String name : DECISIVE) {
      if (!began.path(name).equals(now.path(name))) {
        throw new IllegalArgumentException(
            run
                + ": expected "
                + name
                + " "
                + began.path(name).asText()
                + ", with which it began, got "
                + now.path(name).asText()
                + ", which may give other results; go on where it began, or start a new run");
      }
    }
  }
}

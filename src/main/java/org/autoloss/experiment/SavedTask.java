package org.autoloss.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.storage.Journal;
import org.autoloss.storage.Versions;
import org.autoloss.task.Task;
import org.autoloss.task.Tasks;

/** The ground of a run, opened again: with the same data, and on what gives the same bits. */
public final class SavedTask {
  // What decides about bits. Another Java or another kernel of the system gives the same.
  private static final List<String> DECISIVE =
      List.of("autoloss", "pytorch", "instructions", "rounding");
  private static final Map<String, JsonNode> BEFORE = Map.of("rounding", IntNode.valueOf(1));
  private static final String DIGESTS = "sha256";
  private static final String DATA = "data";

  private SavedTask() {}

  /**
   * Opens the task of a run.
   *
   * @param run the folder of the run
   * @param configuration the run's
   * @param moved where files and folders lie now that lay elsewhere, by the settings that name
   *     them: data, init
   * @return the task
   * @throws IllegalArgumentException if the data is not there or has changed, or if the present
   *     versions would give other results
   */
  public static Task of(Path run, ObjectNode configuration, Map<String, Path> moved) {
    requireVersions(run, configuration.path("versions"));
    return open(run, configuration, moved);
  }

  /**
   * Opens the task of a run, whatever the versions that it was made by.
   *
   * @param run the folder of the run, or a file that holds its configuration
   * @param configuration the run's
   * @param moved where files and folders lie now that lay elsewhere, by the settings that name
   *     them: data, init
   * @return the task
   * @throws IllegalArgumentException if the data is not there or has changed
   */
  public static Task open(Path run, JsonNode configuration, Map<String, Path> moved) {
    if (!(configuration.path("task") instanceof ObjectNode saved)) {
      throw damaged(run, "it names no task", null);
    }
    ObjectNode settings = saved.deepCopy();
    moved.forEach((setting, place) -> move(run, settings, setting, place));
    Task task = Tasks.open(settings);
    JsonNode expected = settings.path(DIGESTS);
    JsonNode got = task.toJson().path(DIGESTS);
    expected
        .fieldNames()
        .forEachRemaining(split -> requireSame(settings.path(DATA).asText(), split, expected, got));
    return task;
  }

  private static void move(Path run, ObjectNode settings, String setting, Path place) {
    if (!settings.has(setting)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--%s: expected a run that has it, %s has none; leave the option out",
              setting,
              run));
    }
    settings.put(setting, place.toString());
  }

  /**
   * What differs, of that which decides about bits.
   *
   * @param then the versions of a run
   * @return such as {@code instructions avx512, now avx2}; empty if nothing does
   */
  public static List<String> differences(JsonNode then) {
    JsonNode now = Versions.toJson();
    List<String> differences = new ArrayList<>();
    for (String name : DECISIVE) {
      JsonNode was = then.has(name) ? then.get(name) : BEFORE.getOrDefault(name, then.path(name));
      if (!was.equals(now.path(name))) {
        differences.add(name + " " + was.asText() + ", now " + now.path(name).asText());
      }
    }
    return differences;
  }

  /**
   * Reads the plan of a run.
   *
   * @param run the folder of the run
   * @param configuration of the run
   * @param task its task
   * @return the plan
   * @throws IllegalArgumentException if an earlier version began the run, or its configuration is
   *     damaged; the message names the run
   */
  public static SearchPlan plan(Path run, JsonNode configuration, Task task) {
    try {
      return SearchPlan.of(configuration, task.metrics());
    } catch (IllegalArgumentException e) {
      throw damaged(run, e.getMessage(), e);
    }
  }

  private static IllegalArgumentException damaged(Path run, String why, Exception cause) {
    return new IllegalArgumentException(
        run
            + ": expected the configuration of a search, got a damaged one ("
            + why
            + "); restore "
            + Journal.FILE
            + " from a copy",
        cause);
  }

  private static void requireSame(String data, String split, JsonNode expected, JsonNode got) {
    if (!expected.path(split).equals(got.path(split))) {
      if (split.equals("init")) {
        throw new IllegalArgumentException(
            "init: expected the weights that the run began with, got another file; bring them back,"
                + " or start a new run");
      }
      throw new IllegalArgumentException(
          data
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

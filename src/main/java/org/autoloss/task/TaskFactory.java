package org.autoloss.task;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/**
 * Opens tasks from their settings: the extension point by which a task of one's own enters the
 * command line, and by which a worker on another machine opens the task that it is sent.
 *
 * <p>Implementations are found by {@link java.util.ServiceLoader}; name them in {@code
 * META-INF/services/org.autoloss.task.TaskFactory}.
 */
public interface TaskFactory {
  /**
   * The name of the kind of task, in {@code --task NAME} and in the field {@code kind} of {@link
   * Task#toJson}.
   *
   * @return for example {@code segmentation}
   */
  String name();

  /**
   * Opens a task.
   *
   * @param settings the options of the command line, or what {@link Task#toJson} gave: {@code
   *     data}, a folder; {@code splits}, names of lists by {@link Split#label}, those that are
   *     needed; {@code network}, {@code crop}, {@code batchSize}, {@code learningRate} and whatever
   *     else the task knows. Unknown fields are ignored
   * @return the task
   * @throws IllegalArgumentException if a field is missing or wrong, or the data cannot be read
   */
  Task open(JsonNode settings);

  /**
   * The names of the fields with one value that {@link #open} looks at, so that {@code --set
   * KEY=VALUE} can refuse another key.
   *
   * @return none where the factory does not tell them: any key is then handed to it
   */
  default List<String> settings() {
    return List.of();
  }

  /**
   * What searches and tables of the task have where no option says otherwise.
   *
   * @param name of the preset: {@code quick}, {@code mobile} or {@code paper}
   * @return empty if the task has no preset of that name: it then has its own defaults, and the
   *     trainings that segmentation has
   */
  default Optional<TaskPreset> preset(String name) {
    return Optional.empty();
  }

  /**
   * The task from start to end in a few minutes, for {@code autoloss quickstart}.
   *
   * @param size how much is wanted
   * @return empty if there is none
   */
  default Optional<Quickstart> quickstart(Quickstart.Size size) {
    return Optional.empty();
  }
}

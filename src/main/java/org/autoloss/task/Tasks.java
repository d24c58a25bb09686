package org.autoloss.task;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The kinds of tasks that there are. */
public final class Tasks {
  private Tasks() {}

  /**
   * Opens a task.
   *
   * @param settings with the field {@code kind}, and what {@link TaskFactory#open} needs
   * @return the task; with the field {@code division}, one whose reward split is divided
   * @throws IllegalArgumentException if there is no such kind, its factory refuses the settings, or
   *     the division does not fit the task
   */
  public static Task open(JsonNode settings) {
    return Division.of(settings).apply(factory(settings.path("kind").asText()).open(settings));
  }

  /**
   * Who opens tasks of a kind.
   *
   * @param kind the factory's name
   * @return the factory
   * @throws IllegalArgumentException if there is no such kind
   */
  public static TaskFactory factory(String kind) {
    Map<String, TaskFactory> known = factories();
    TaskFactory factory = known.get(kind);
    if (factory == null) {
      throw new IllegalArgumentException(
          "task: expected one of "
              + String.join(", ", known.keySet())
              + ", got '"
              + kind
              + "'; a task of your own needs a TaskFactory on the class path (--plugins)");
    }
    return factory;
  }

  private static Map<String, TaskFactory> factories() {
    Map<String, TaskFactory> known = new TreeMap<>();
    for (TaskFactory factory :
        ServiceLoader.load(TaskFactory.class, Tasks.class.getClassLoader())) {
      known.put(factory.name(), factory);
    }
    for (TaskFactory factory : ServiceLoader.load(TaskFactory.class)) {
      known.putIfAbsent(factory.name(), factory);
    }
    return known;
  }
}

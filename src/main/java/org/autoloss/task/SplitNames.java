package org.autoloss.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * What the user calls the splits of a task, which in its JSON is the field {@code splits}, and what
 * several splits must keep: nothing that is measured has been learnt from.
 */
public final class SplitNames {
  private static final String FIELD = "splits";

  private SplitNames() {}

  /**
   * Reads the names.
   *
   * @param settings a task's
   * @return a new map of the splits that have one
   */
  public static Map<Split, String> of(JsonNode settings) {
    Map<Split, String> lists = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      JsonNode list = settings.path(FIELD).path(split.label());
      if (!list.isMissingNode()) {
        lists.put(split, list.asText());
      }
    }
    return lists;
  }

  /**
   * Writes the names, in place of those that are there.
   *
   * @param settings a task's
   * @param lists the names of the splits that have one
   */
  public static void putInto(ObjectNode settings, Map<Split, String> lists) {
    ObjectNode names = settings.putObject(FIELD);
    lists.forEach((split, list) -> names.put(split.label(), list));
  }

  /**
   * Checks that no sample of the reward split is trained on, that none of the confirmation split is
   * trained on or scored, and that none of the test split was seen before.
   *
   * @param lists what the user calls the splits, for the message
   * @param samples the names of each split's samples; splits that are not there are not checked
   * @throws IllegalArgumentException if a sample is in two splits that must not share one
   */
  public static void requireDisjoint(Map<Split, String> lists, Map<Split, List<String>> samples) {
    requireDisjoint(Split.TRAIN, Split.REWARD, lists, samples);
    requireDisjoint(Split.TRAIN, Split.CONFIRM, lists, samples);
    requireDisjoint(Split.REWARD, Split.CONFIRM, lists, samples);
    for (Split seen : List.of(Split.WARM, Split.TRAIN, Split.REWARD, Split.CONFIRM)) {
      requireDisjoint(seen, Split.TEST, lists, samples);
    }
  }

  private static void requireDisjoint(
      Split first, Split second, Map<Split, String> lists, Map<Split, List<String>> samples) {
    Set<String> names = Set.copyOf(samples.getOrDefault(first, List.of()));
    samples.getOrDefault(second, List.of()).stream()
        .filter(names::contains)
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  "splits: expected no sample in both "
                      + lists.get(first)
                      + " and "
                      + lists.get(second)
                      + ", got "
                      + name
                      + "; give other lists");
            });
  }

  /**
   * Adds how many samples each split has, and the fingerprint of its data.
   *
   * @param <D> the kind of data
   * @param json of the task
   * @param data of each split
   * @param size how many samples data have
   * @param digest their fingerprint
   */
  public static <D> void putData(
      ObjectNode json, Map<Split, D> data, ToIntFunction<D> size, Function<D, String> digest) {
    ObjectNode sizes = json.putObject("samples");
    data.forEach((split, each) -> sizes.put(split.label(), size.applyAsInt(each)));
    ObjectNode digests = json.putObject("sha256");
    data.forEach((split, each) -> digests.put(split.label(), digest.apply(each)));
  }
}

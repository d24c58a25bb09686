package org.autoloss.task;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a task of several splits must keep: nothing that is measured has been learnt from. */
public final class SplitNames {
  private SplitNames() {}

  /**
   * Checks that no sample of the reward split is trained on, and that none of the test split was
   * seen before.
   *
   * @param lists what the user calls the splits, for the message
   * @param samples the names of each split's samples; splits that are not there are not checked
   * @throws IllegalArgumentException if a sample is in two splits that must not share one
   */
  public static void requireDisjoint(Map<Split, String> lists, Map<Split, List<String>> samples) {
    requireDisjoint(Split.TRAIN, Split.REWARD, lists, samples);
    for (Split seen : List.of(Split.WARM, Split.TRAIN, Split.REWARD)) {
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
}

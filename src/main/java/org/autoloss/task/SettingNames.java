package org.autoloss.task;

import java.util.List;
import java.util.stream.Stream;

/** The names of settings, as {@link TaskFactory#settings} tells them. */
public final class SettingNames {
  // Lists and metrics are no single values.
  private static final List<String> SHARED =
      List.of(
          "data",
          "network",
          "init",
          "batchSize",
          "evaluationBatch",
          "learningRate",
          "optimizer",
          "weightDecay",
          "spareNorms",
          "headRate",
          "clip",
          "schedule",
          "warmUp",
          "device");

  private SettingNames() {}

  /**
   * The settings that segmentation, detection, instances and pose share, and more.
   *
   * @param own those of one task
   * @return its own first
   */
  public static List<String> with(String... own) {
    return Stream.concat(Stream.of(own), SHARED.stream()).toList();
  }
}

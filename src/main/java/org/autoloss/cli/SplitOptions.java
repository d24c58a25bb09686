package org.autoloss.cli;

import java.util.EnumMap;
import java.util.Map;
import org.autoloss.task.Split;
import picocli.CommandLine.Option;

/** The options that say which lists of the data play which part. */
final class SplitOptions {
  @Option(names = "--warm-split", defaultValue = "warm", description = "list for the warm start")
  private String warm;

  @Option(names = "--train-split", defaultValue = "train", description = "list for training")
  private String train;

  @Option(names = "--reward-split", defaultValue = "reward", description = "list for the scores")
  private String reward;

  @Option(names = "--test-split", defaultValue = "test", description = "list for the final table")
  private String test;

  Map<Split, String> splits() {
    Map<Split, String> splits = new EnumMap<>(Split.class);
    splits.put(Split.WARM, warm);
    splits.put(Split.TRAIN, train);
    splits.put(Split.REWARD, reward);
    splits.put(Split.TEST, test);
    return splits;
  }
}

package org.autoloss.cli;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The losses that people made for a metric of segmentation: what a search has to beat, and what is
 * worth standing in its space. From the fair race of {@code docs/results/fair-race.md}.
 */
final class HandMade {
  /** What {@code --with} and {@code --baseline} take where there is to be none. */
  static final String NONE = "none";

  private static final Map<String, String> TO_BEAT =
      Map.of(
          "mIoU", "dice", "BIoU", "dice", "BF1", "dice", "FWIoU", "ce", "gAcc", "ce", "mAcc",
          "wce");

  // Of BF1 it was not measured: its surrogate alone is ahead already.
  private static final Map<String, String> BESIDE =
      Map.of("mIoU", "dice", "BIoU", "dice", "FWIoU", "ce", "gAcc", "ce", "mAcc", "wce");

  private HandMade() {}

  /**
   * The best ones of a search's metrics.
   *
   * @param metrics their names
   * @return each once; none of metrics that are not segmentation's
   */
  static List<String> toBeat(Collection<String> metrics) {
    return metrics.stream().filter(TO_BEAT::containsKey).map(TO_BEAT::get).distinct().toList();
  }

  /**
   * The loss beside a surrogate that made searches better.
   *
   * @param metrics names of a search's metrics
   * @return the one that serves all of them, else {@link #NONE}
   */
  static String beside(Collection<String> metrics) {
    List<String> losses =
        metrics.stream().map(metric -> BESIDE.getOrDefault(metric, NONE)).distinct().toList();
    return losses.size() == 1 ? losses.get(0) : NONE;
  }
}

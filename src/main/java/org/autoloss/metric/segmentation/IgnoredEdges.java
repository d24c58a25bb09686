package org.autoloss.metric.segmentation;

import org.autoloss.global.ops;
import org.autoloss.internal.Excerpt;

/**
 * What an ignored pixel (one whose label is outside {@code [0,C)}) does to boundaries. Losses,
 * search rewards and metrics share this choice.
 */
public enum IgnoredEdges {
  /**
   * It counts, as in Auto Seg-Loss: its label is another label, so that the pixels around it are
   * label edges; and an edge that is predicted there counts like any other, in BF1 and its
   * surrogate. This is the one place where an ignored pixel has a value and a gradient.
   */
  COUNT(ops.IGNORED_COUNT),
  /**
   * It does not count, as if it were outside the image, for labels and predictions alike.
   * Boundaries run only between pixels that are labelled.
   */
  SKIP(ops.IGNORED_SKIP);

  private final int code;

  IgnoredEdges(int code) {
    this.code = code;
  }

  /**
   * What native operations call the choice.
   *
   * @return a constant of {@code ops.h}
   */
  public int code() {
    return code;
  }

  /**
   * The choice of a name.
   *
   * @param name count or skip
   * @return the choice
   * @throws IllegalArgumentException if it is neither
   */
  public static IgnoredEdges of(String name) {
    return switch (name) {
      case "count" -> COUNT;
      case "skip" -> SKIP;
      default ->
          throw new IllegalArgumentException(
              "ignored edges: expected count or skip, got '" + Excerpt.of(name) + "'");
    };
  }
}

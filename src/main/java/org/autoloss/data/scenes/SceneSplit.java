package org.autoloss.data.scenes;

import java.util.Locale;

/** The disjoint parts of a set of scenes; a loss search uses all but the last. */
public enum SceneSplit {
  /** For the warm start: pre-training by cross entropy. */
  WARM,
  /** For training under the losses that are compared. */
  TRAIN,
  /** For scoring the losses that are compared. */
  REWARD,
  /** For the final result; a search never sees it. */
  TEST;

  /**
   * The name of the split's list in {@code ImageSets/Segmentation}.
   *
   * @return such as {@code train}
   */
  public String listName() {
    return name().toLowerCase(Locale.ROOT);
  }
}

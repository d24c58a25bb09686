package org.autoloss.task;

import java.util.Locale;

/** Which part of the data plays which role in a search or a comparison. */
public enum Split {
  /** For the warm start. */
  WARM,
  /** For the trainings that are compared. */
  TRAIN,
  /** For the scores of a search. */
  REWARD,
  /** For the final table alone: no search reads it before. */
  TEST,
  /** For the confirmation of what a search has found: no score of the search sees it. */
  CONFIRM;

  /**
   * The name in text and files.
   *
   * @return lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}

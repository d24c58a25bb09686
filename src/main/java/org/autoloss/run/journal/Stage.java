package org.autoloss.run.journal;

import java.util.Locale;

/** Which part of a run an entry belongs to, and what its step and sample then say. */
public enum Stage {
  /** A loss that AutoLoss-Zero has looked at: its generation, and its place in the generation. */
  EXPLORED,
  /** A member of AutoLoss-Zero's population: step 0, and its number in the order of birth. */
  INDIVIDUAL,
  /** A candidate's proxy training: the step (or generation) of the search, and the sample in it. */
  PROXY,
  /** A longer training that is scored on the reward split: step 0, and the index of its seed. */
  CONFIRMATION,
  /** A training that is evaluated on the test split: step 0, and the index of its seed. */
  TEST,
  /** A training of a table of losses: step 0, and the index of its seed. */
  TRAINING;

  /**
   * The stage as it stands in the database, and as the name of a series of results.
   *
   * @return the constant's name in lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Stage of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}

package org.autoloss.storage;

import java.util.Locale;

/** Which part of a run an entry belongs to, and what its step and sample then say. */
public enum Stage {
  /**
   * A training that tries a learning rate. One for all losses: step 0 from the first weights, 1
   * from the warm start, and its number in the sweep. A loss's own: step 2, and the bits of the
   * rate as a float, so that more rates may be tried later.
   */
  RATE,
  /**
   * A block of losses that AutoLoss-Zero has looked at: its generation, and the place of its first
   * loss in the generation. The decision is {@link #BLOCK}, and the metrics tell how many losses
   * met which fate. Runs of earlier versions have an entry for each loss.
   */
  EXPLORED,
  /**
   * A trained member of AutoLoss-Zero's population: step 0, and its number in the order of birth.
   * Runs of earlier versions also have those that took a known score.
   */
  INDIVIDUAL,
  /** A candidate's proxy training: the step (or generation) of the search, and the sample in it. */
  PROXY,
  /**
   * What an asynchronous search did next: step 0, and the place in the order of all that it did.
   * The decision is {@code began} or {@code ended}, the content the step of the proxy.
   */
  SCHEDULE,
  /** A longer training, measured on the split that confirms: step 0, and the index of its seed. */
  CONFIRMATION,
  /** A training that is evaluated on the test split: step 0, and the index of its seed. */
  TEST,
  /**
   * A training of a table of losses: step 0, or where losses have their own learning rates the bits
   * of that rate as a float; and the index of its seed.
   */
  TRAINING;

  /** The decision of an entry that counts a block of {@link #EXPLORED} losses. */
  public static final String BLOCK = "block";

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

package org.autoloss.loss;

import org.autoloss.global.ops;

/**
 * What a class without a labelled pixel does to a mean over classes. Losses, search rewards and
 * metrics share this choice.
 */
public enum AbsentClasses {
  /** It counts, with value 0: what Auto Seg-Loss's surrogates do, batch by batch. */
  COUNT(ops.ABSENT_COUNT),
  /** It is left out: what Auto Seg-Loss's evaluation does, over the data set. */
  SKIP(ops.ABSENT_SKIP);

  private final int code;

  AbsentClasses(int code) {
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
}

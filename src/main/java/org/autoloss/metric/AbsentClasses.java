package org.autoloss.metric;

/**
 * What a class without a labelled pixel does to a mean over classes. Losses, search rewards and
 * metrics share this choice. In the order of {@code ops.h}.
 */
public enum AbsentClasses {
  /** It counts, with value 0: what Auto Seg-Loss's surrogates do, batch by batch. */
  COUNT,
  /** It is left out: what Auto Seg-Loss's evaluation does, over the data set. */
  SKIP
}

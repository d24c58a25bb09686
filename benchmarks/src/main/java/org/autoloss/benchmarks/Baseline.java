package org.autoloss.benchmarks;

import org.autoloss.loss.Loss;

/** A loss of libtorch operations that ours are measured against; it lives in a benchmark only. */
abstract class Baseline implements Loss {
  @Override
  public final String toJson() {
    throw new IllegalStateException("a benchmark's loss is not written to files");
  }

  @Override
  public final void close() {
    // nothing is kept
  }
}

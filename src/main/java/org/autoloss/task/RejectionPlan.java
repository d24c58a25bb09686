package org.autoloss.task;

import org.autoloss.Device;
import org.autoloss.graph.RejectionSettings;

/**
 * How AutoLoss-Zero tries candidates out.
 *
 * @param settings of the protocol; their metric is replaced by each of the objective's
 * @param samples how many samples the protocol has
 * @param sampleSize their height and width
 * @param device where the protocol runs; trainings do not depend on it
 */
public record RejectionPlan(
    RejectionSettings settings, int samples, int sampleSize, Device device) {
  private static final int LARGEST = 4_096;

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is out of range
   */
  public RejectionPlan {
    check("samples", samples);
    check("sample size", sampleSize);
  }

  private static void check(String name, int got) {
    if (got < 1 || got > LARGEST) {
      throw new IllegalArgumentException(name + ": expected 1 to " + LARGEST + ", got " + got);
    }
  }
}

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
 * @param steepest how many times larger than at the beginning the gradient of a loss of classes may
 *     be on sure predictions ({@link org.autoloss.graph.SteepSlopes}); 0 for any size
 */
public record RejectionPlan(
    RejectionSettings settings, int samples, int sampleSize, Device device, double steepest) {
  private static final int LARGEST = 4_096;

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is out of range
   */
  public RejectionPlan {
    check("samples", samples);
    check("sample size", sampleSize);
    if (!(steepest >= 0)) {
      throw new IllegalArgumentException("steepest: expected 0 or more, got " + steepest);
    }
  }

  /**
   * A plan that allows for slopes of any size.
   *
   * @param settings of the protocol
   * @param samples how many
   * @param sampleSize their height and width
   * @param device where the protocol runs
   */
  public RejectionPlan(RejectionSettings settings, int samples, int sampleSize, Device device) {
    this(settings, samples, sampleSize, device, 0);
  }

  private static void check(String name, int got) {
    if (got < 1 || got > LARGEST) {
      throw new IllegalArgumentException(name + ": expected 1 to " + LARGEST + ", got " + got);
    }
  }
}

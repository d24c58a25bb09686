package org.autoloss.graph;

import java.util.List;
import org.autoloss.loss.LossInput;

/**
 * The samples on which the losses of a branch are tried out: what an initial network predicts.
 *
 * @param input what the branch's loss compares
 * @param samples at least one, each of an image
 */
public record BranchSamples(LossInput input, List<BranchSample> samples) {
  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if it is empty, a sample is of another input, or there are no
   *     graphs on the input
   */
  public BranchSamples {
    BranchGraphs.inputs(input);
    samples = List.copyOf(samples);
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("samples: expected at least one, got none");
    }
    for (BranchSample sample : samples) {
      if (sample.input() != input) {
        throw new IllegalArgumentException(
            "samples: expected those of " + input.label() + ", got " + sample.input().label());
      }
    }
  }

  /** How many samples there are. */
  int count() {
    return samples.size();
  }
}

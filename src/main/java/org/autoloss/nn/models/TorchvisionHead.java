package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Dropout;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Scope;

/** What torchvision's heads share: PyTorch's own first values, layers numbered in a sequence. */
final class TorchvisionHead {
  private static final int NARROWING = 4;

  private TorchvisionHead() {}

  /** A convolution that begins as PyTorch's do. */
  static Convolution.Plan plan(int in, int out, int kernel) {
    return Convolution.Plan.of(in, out, kernel)
        .withInitial(Initial.uniform((long) in * kernel * kernel));
  }

  /** The last 1x1 convolution. */
  static Block logits(Scope scope, int index, int in, int classes) {
    return new Convolution(scope.child(index), plan(in, classes, 1).withBias());
  }

  /**
   * {@code FCNHead} (Long, Shelhamer, Darrell, CVPR 2015, on features that are dilated): a 3x3
   * convolution to a quarter of the channels, dropout, logits.
   */
  static Block fullyConvolutional(Scope scope, int in, double dropout, int classes) {
    int narrow = in / NARROWING;
    return Layers.pair(scope, 0, plan(in, narrow, 3), Norm.BATCH)
        .then(RELU)
        .then(Dropout.ofValues(scope.child(3), dropout))
        .then(logits(scope, 4, narrow, classes));
  }
}

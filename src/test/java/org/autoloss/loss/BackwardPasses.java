package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.grad;

import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;

/** Backward passes that are no plain {@code backward()}. */
final class BackwardPasses {
  private BackwardPasses() {}

  /** The gradient of a value by a leaf, where wanted as a part of the graph, which is retained. */
  static Tensor gradient(Tensor value, Tensor leaf, boolean createGraph) {
    return grad(
            new TensorVector(value),
            new TensorVector(leaf),
            new TensorVector(),
            new BoolOptional(true),
            createGraph,
            false)
        .get(0);
  }

  /** A backward pass that leaves the graph as it is. */
  static void retaining(Tensor value) {
    value.backward(new Tensor(), new BoolOptional(true), false, new TensorArrayRefOptional());
  }
}

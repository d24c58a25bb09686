package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import org.bytedeco.pytorch.Tensor;

/** libtorch's cross entropy and nothing else: one call, no ignored pixels. */
final class TorchCrossEntropy extends Baseline {
  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    return cross_entropy_loss(logits, labels);
  }
}

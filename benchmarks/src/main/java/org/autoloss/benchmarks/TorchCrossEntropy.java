package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import org.autoloss.loss.Loss;
import org.bytedeco.pytorch.Tensor;

/** libtorch's cross entropy and nothing else: one call, no ignored pixels. The yardstick. */
final class TorchCrossEntropy implements Loss {
  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    return cross_entropy_loss(logits, labels);
  }

  @Override
  public String toJson() {
    throw new IllegalStateException("a benchmark's loss is not written to files");
  }

  @Override
  public void close() {
    // nothing is kept
  }
}

package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.one_hot;
import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.softmax;

import org.autoloss.surrogate.SurrogateParameters;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The mIoU surrogate as one would write it with libtorch operations, the gradient left to autograd:
 * the way of the published implementation, and what the fused kernel is measured against. The
 * labels must all be in range.
 */
final class ComposedSurrogate extends Baseline {
  private final SurrogateParameters parameters;

  ComposedSurrogate(SurrogateParameters parameters) {
    this.parameters = parameters;
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor p = softmax(logits, 1);
      Tensor y = one_hot(labels, logits.size(1)).permute(0, 3, 1, 2).to(ScalarType.Float);
      Tensor overlap = ComposedCurve.apply(parameters.curves().get(0), p).mul(y);
      Tensor or = ComposedCurve.apply(parameters.curves().get(1), p);
      Tensor union = or.add(y).sub(or.mul(y));
      long[] pixels = {0, 2, 3};
      Tensor ratio = overlap.sum(pixels).div(union.sum(pixels).add(new Scalar(1e-8)));
      loss.put(ones_like(ratio.mean()).sub(ratio.mean()));
    }
    return loss;
  }
}

package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import org.autoloss.internal.LabelType;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Softmax cross entropy, libtorch's own: the mean over the pixels that count of {@code -log
 * softmax(logits)[label]}. The baseline of every comparison. Where no pixel of a batch counts it is
 * 0, while libtorch alone would say NaN.
 */
public final class CrossEntropyLoss implements Loss {
  private static final long REDUCTION_SUM = 2; // at::Reduction::Sum
  private static final long IGNORED = -100; // libtorch's own default

  static {
    Libtorch.load();
  }

  private volatile boolean closed;

  /** Makes the loss. */
  public CrossEntropyLoss() {}

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    if (closed) {
      throw new IllegalStateException("loss: expected an open loss, got a closed one");
    }
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Shape shape = TensorChecks.check(logits, labels);
      LabelType.of("labels", labels.scalar_type());
      Tensor wide = labels.to(ScalarType.Long);
      Tensor ignored = wide.lt(new Scalar(0)).logical_or(wide.ge(new Scalar(shape.c())));
      Tensor known = wide.masked_fill(ignored, new Scalar(IGNORED));
      Tensor sum =
          cross_entropy_loss(logits, known, new TensorOptional(), REDUCTION_SUM, IGNORED, 0.0);
      Tensor count = ignored.logical_not().sum().clamp_min(new Scalar(1));
      loss.put(sum.div(count));
    }
    return loss;
  }

  @Override
  public String toJson() {
    return "{\"autoloss\":1,\"kind\":\"" + CrossEntropyLossFactory.NAME + "\"}";
  }

  @Override
  public void close() {
    closed = true;
  }
}

package org.autoloss.loss;

import java.util.function.Consumer;
import org.autoloss.global.ops;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A loss that is a mean over the pixels that count, each of which adds what its own softmax, its
 * label and where it lies say; {@code pixel_loss} of {@code ops.h} has the formulas.
 *
 * <p>On the CPU value and gradient are fused, one read of the logits and one write. There is a
 * second derivative, from a kernel too; a third is refused with an exception. On a GPU the loss is
 * composed of libtorch operations and differentiated by libtorch.
 */
public abstract class PixelLoss extends FusedLoss {
  private final ops.PixelRule rule = new ops.PixelRule();

  /**
   * For subclasses.
   *
   * @param fields sets what differs from plain cross entropy
   */
  @SuppressWarnings("exports") // native code is for the packages of this library alone
  protected PixelLoss(Consumer<ops.PixelRule> fields) {
    rule.retainReference(); // outlives the caller's scope
    fields.accept(rule);
  }

  /**
   * The same loss from libtorch's operations. Called by several threads at once.
   *
   * @param batch logits and labels, without what the ignored pixels hold
   * @return a 0-dimensional tensor
   */
  protected abstract Tensor compose(MaskedBatch batch);

  @Override
  final Tensor composed(Tensor logits, Tensor labels) {
    return MaskedBatch.loss(logits, labels, this::compose);
  }

  @Override
  protected final double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    return add(batch, 0, 1, gradient);
  }

  /**
   * The value, and {@code own gradient + weight} times the gradient in place of the first; where
   * own is 0 it may hold anything.
   */
  final double add(LogitsBatch batch, double own, double weight, FloatPointer gradient) {
    return batch.value(b -> ops.pixel_loss(rule, b, own, weight, gradient));
  }

  @Override
  final Autograd.Curvature curvature(Tensor labels) {
    return new Curvature(rule, labels);
  }

  private record Curvature(ops.PixelRule rule, Tensor labels) implements Autograd.Curvature {
    @Override
    public void give(Tensor gradient, Tensor logits) {
      ops.derive_pixels(rule, gradient, logits, labels);
    }

    @Override
    public void tie(Tensor logits, Tensor gradient, double value, Tensor loss) {
      ops.tie_pixels(rule, logits, labels, gradient, value, loss);
    }
  }
}

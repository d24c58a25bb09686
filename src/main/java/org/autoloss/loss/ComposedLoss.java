package org.autoloss.loss;

import org.autoloss.internal.Natives;
import org.autoloss.internal.Scoped;
import org.bytedeco.pytorch.Tensor;

/**
 * A loss composed of libtorch operations, differentiated by libtorch.
 *
 * <p>Subclasses give {@link #compute}; this class checks arguments, hides ignored pixels, and frees
 * what the composition leaves behind.
 */
public abstract class ComposedLoss implements Loss {
  private volatile boolean closed;

  /** For subclasses. */
  protected ComposedLoss() {
    Natives.loadKernels();
  }

  /**
   * The loss of a batch that holds at least one pixel. Called by several threads at once.
   *
   * @param batch logits and labels, without what the ignored pixels hold
   * @return a 0-dimensional tensor
   */
  protected abstract Tensor compute(MaskedBatch batch);

  /**
   * The loss of what most batches are, where there is a faster way to it.
   *
   * @param logits as given, not checked
   * @param labels likewise
   * @return a 0-dimensional tensor; null where {@link #compute} is the way
   */
  Tensor direct(Tensor logits, Tensor labels) {
    return null;
  }

  @Override
  public final Tensor apply(Tensor logits, Tensor labels) {
    if (closed) {
      throw new IllegalStateException("loss: expected an open loss, got a closed one");
    }
    Tensor direct = direct(logits, labels);
    if (direct != null) {
      return direct;
    }
    return Scoped.result(() -> MaskedBatch.loss(logits, labels, this::compute));
  }

  @Override
  public void close() {
    closed = true;
  }
}

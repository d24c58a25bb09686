package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Gradient tensors kept from call to call. A fresh one of 32 MiB costs as much in page faults as
 * the kernel that fills it; a training loop needs the same one in each step, once the graph of the
 * step before has let go of it.
 */
final class GradientBuffers {
  /** How many to keep. A loop needs one for each use of the loss within a step, a few at most. */
  private static final int KEPT = 4;

  private final Deque<Tensor> idle = new ArrayDeque<>();
  private boolean closed;

  /**
   * A buffer of the logits' sizes that no graph holds. The caller gives it back when a graph holds
   * it.
   */
  Tensor take(Tensor logits) {
    synchronized (this) {
      for (Iterator<Tensor> each = idle.iterator(); each.hasNext(); ) {
        Tensor buffer = each.next();
        if (free(buffer) && Arrays.equals(buffer.shape(), logits.shape())) {
          each.remove();
          return buffer;
        }
      }
    }
    // not empty_like, which would take over the logits' strides
    Tensor buffer = empty(logits.shape(), logits.options(), new MemoryFormatOptional());
    buffer.retainReference(); // outlives the caller's scope
    return buffer;
  }

  /** Keeps a buffer for later calls, and lets go of the one that was not needed for longest. */
  synchronized void giveBack(Tensor buffer) {
    idle.addFirst(buffer);
    while (idle.size() > (closed ? 0 : KEPT)) {
      idle.removeLast().releaseReference(); // a graph that still holds it keeps the memory alive
    }
  }

  synchronized void close() {
    closed = true;
    idle.forEach(Tensor::releaseReference);
    idle.clear();
  }

  /** Whether only we hold the memory; a graph that needs it counts as another use. */
  private static boolean free(Tensor buffer) {
    return buffer.storage().use_count() == 1;
  }
}

package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Storage;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Gradient tensors kept from call to call. A fresh one of 32 MiB costs as much in page faults as
 * the kernel that fills it; a training loop needs the same one in each step, once the graph of the
 * step before has let go of it.
 */
final class GradientBuffers {
  /** How many to keep. A loop needs one for each use of the loss within a step, a few at most. */
  private static final int KEPT = 4;

  private final Deque<Buffer> idle = new ArrayDeque<>();
  private boolean closed;

  /** What memory must be alike in to be used again: sizes, type, and on a GPU device and stream. */
  record Place(Shape shape, ScalarType type, int device, long stream) {
    /** The CPU's memory. */
    static Place cpu(Shape shape) {
      return new Place(shape, ScalarType.Float, CPU, 0);
    }

    /** How many bytes that is. */
    long bytes() {
      return (type == ScalarType.Float ? Float.BYTES : Short.BYTES) * shape.elements();
    }

    private static final int CPU = -1;
  }

  /** A gradient tensor, its memory, of its type whatever the pointer's is, and where that is. */
  record Buffer(Tensor tensor, FloatPointer memory, Place place) {
    private static Buffer of(Tensor logits, Place place) {
      TensorOptions options = logits.options().dtype(new ScalarTypeOptional(place.type()));
      // not empty_like, which would take over the logits' strides
      Tensor tensor = empty(logits.shape(), options, new MemoryFormatOptional());
      tensor.retainReference(); // outlives the caller's scope
      return new Buffer(tensor, new FloatPointer(tensor.data_ptr()), place);
    }

    /** Lets go of the memory; a graph that still needs it keeps it. */
    private void release() {
      tensor.releaseReference();
    }

    /** Whether only we hold the memory; a graph that needs it counts as another use. */
    private boolean free() {
      try (Storage storage = tensor.storage()) {
        return storage.use_count() == 1;
      }
    }
  }

  /**
   * A contiguous buffer of the logits' sizes, on their device, that no graph holds. The caller
   * gives it back when a graph holds it.
   */
  Buffer take(Tensor logits, Place place) {
    synchronized (this) {
      for (Iterator<Buffer> each = idle.iterator(); each.hasNext(); ) {
        Buffer buffer = each.next();
        if (buffer.place().equals(place) && buffer.free()) {
          each.remove();
          return buffer;
        }
      }
    }
    return Buffer.of(logits, place);
  }

  /** Keeps a buffer for later calls, and lets go of the one that was not needed for longest. */
  synchronized void giveBack(Buffer buffer) {
    idle.addFirst(buffer);
    while (idle.size() > (closed ? 0 : KEPT)) {
      idle.removeLast().release();
    }
  }

  synchronized void close() {
    closed = true;
    idle.forEach(Buffer::release);
    idle.clear();
  }
}

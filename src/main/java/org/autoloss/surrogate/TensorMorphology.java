package org.autoloss.surrogate;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.empty;

import org.autoloss.global.ops;
import org.autoloss.internal.Scoped;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.autoloss.loss.TensorChecks;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorIndex;
import org.bytedeco.pytorch.TensorIndexVector;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@link Morphology} on tensors of the CPU or of a GPU.
 *
 * <p>The gradient of a pool needs what flows in, which no node of libtorch's graph can be lent for:
 * Java cannot define one (see {@code org.autoloss.loss.Autograd}). So the kernel finds where each
 * result is from, and libtorch fetches it from there; its backward pass adds up what arrives.
 */
final class TensorMorphology {
  private TensorMorphology() {}

  static Tensor pool(int kind, Tensor values, int window) {
    Shape s = TensorChecks.checkValues("values", values);
    return Scoped.result(
        () -> {
          if (GradMode.is_enabled() && values.requires_grad()) {
            return fetch(values, places(kind, values, s, window), s, values.is_cuda());
          } else {
            return extremes(kind, values, s, window);
          }
        });
  }

  private static Tensor extremes(int kind, Tensor values, Shape s, int window) {
    LogitsBatch batch = LogitsBatch.ofValues(s, values.contiguous());
    Tensor out = fresh(values, ScalarType.Float, values.shape());
    batch.run(b -> ops.pool(kind, window, b, out.data_ptr_float()));
    return out;
  }

  private static Tensor places(int kind, Tensor values, Shape s, int window) {
    LogitsBatch batch = LogitsBatch.ofValues(s, values.detach().contiguous());
    Tensor out = fresh(values, ScalarType.Long, values.shape());
    batch.run(b -> ops.pool_places(kind, window, b, out.data_ptr_long()));
    return out;
  }

  /**
   * The values at places of their planes, by operations whose backward pass gives the same bits
   * each time: on the CPU {@code gather}, which adds in order; on a GPU {@code index}, which sorts
   * first, where {@code gather} would add in any order.
   */
  static Tensor fetch(Tensor values, Tensor places, Shape s, boolean sorting) {
    long planes = s.n() * s.c();
    long plane = s.h() * s.w();
    Tensor rows = values.reshape(planes, plane);
    Tensor at = places.view(planes, plane);
    if (!sorting) {
      return rows.gather(1, at).view(values.shape());
    }
    TensorOptions whole = places.options();
    TensorIndex which =
        new TensorIndex(arange(new Scalar(planes), whole).view(planes, 1).expand(planes, plane));
    return rows.index(new TensorIndexVector(which, new TensorIndex(at))).view(values.shape());
  }

  static Tensor labelEdges(Tensor labels, long classes, boolean dropBackground) {
    Shape s = TensorChecks.checkLabels("labels", labels, classes);
    int drop = dropBackground ? 1 : 0;
    return Scoped.result(
        () -> {
          Tensor out = fresh(labels, ScalarType.Byte, labels.shape());
          LogitsBatch.ofLabels(s, labels.contiguous())
              .run(b -> ops.find_label_edges(b, drop, out.data_ptr_byte()));
          return out;
        });
  }

  static Tensor dilatedEdges(Tensor labels, long classes, int tolerance, boolean dropBackground) {
    Shape s = TensorChecks.checkLabels("labels", labels, classes);
    int drop = dropBackground ? 1 : 0;
    return Scoped.result(
        () -> {
          long words = (s.c() + Long.SIZE - 1) / Long.SIZE;
          Tensor out = fresh(labels, ScalarType.Long, s.n(), words, s.h(), s.w());
          LogitsBatch.ofLabels(s, labels.contiguous())
              .run(b -> ops.dilate_label_edges(b, tolerance, drop, out.data_ptr_long()));
          return out;
        });
  }

  /** A contiguous tensor on the device of another. */
  private static Tensor fresh(Tensor like, ScalarType type, long... sizes) {
    TensorOptions options = like.options().dtype(new ScalarTypeOptional(type));
    return empty(sizes, options, new MemoryFormatOptional());
  }
}

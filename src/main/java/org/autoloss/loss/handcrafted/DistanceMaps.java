package org.autoloss.loss.handcrafted;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.function.BiConsumer;
import org.autoloss.global.ops;
import org.autoloss.internal.DeviceFailures;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Maps that depend on the labels alone: exact Euclidean distances, in pixels. Made where the labels
 * are; on a GPU by the stream that libtorch is on there.
 */
final class DistanceMaps {
  private static final int LABELS = ops.LABEL_INT64; // as a masked batch has them

  private DistanceMaps() {}

  /** Distance to the nearest label edge, {@code [N,H,W]}; infinite where an image has none. */
  static Tensor edgeDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    return map(
        batch,
        new long[] {s.n(), s.h(), s.w()},
        (y, out) -> ops.edge_distance(y, LABELS, s.n(), s.c(), s.h(), s.w(), out),
        (y, out, stream) -> ops.edge_distance(y, LABELS, s.n(), s.c(), s.h(), s.w(), out, stream));
  }

  /** Signed distance to each class's boundary, {@code [N,C,H,W]}; negative inside. */
  static Tensor signedDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    return map(
        batch,
        new long[] {s.n(), s.c(), s.h(), s.w()},
        (y, out) -> ops.signed_distance(y, LABELS, s.n(), s.c(), s.h(), s.w(), out),
        (y, out, stream) ->
            ops.signed_distance(y, LABELS, s.n(), s.c(), s.h(), s.w(), out, stream));
  }

  /** U-Net's border term, {@code [N,H,W]}. */
  static Tensor borderWeights(MaskedBatch batch, double strength, double sigma) {
    Shape s = batch.shape();
    return map(
        batch,
        new long[] {s.n(), s.h(), s.w()},
        (y, out) -> ops.border_weights(strength, sigma, y, LABELS, s.n(), s.c(), s.h(), s.w(), out),
        (y, out, stream) ->
            ops.border_weights(
                strength, sigma, y, LABELS, s.n(), s.c(), s.h(), s.w(), out, stream));
  }

  /** An operation on a GPU: from labels to a map, on a stream. */
  private interface OnGpu {
    void run(Pointer labels, FloatPointer map, Pointer stream);
  }

  /** A map of a batch's labels, made by the one operation or the other. */
  private static Tensor map(
      MaskedBatch batch, long[] sizes, BiConsumer<Pointer, FloatPointer> cpu, OnGpu gpu) {
    Tensor labels = batch.labels().contiguous();
    TensorOptions options = labels.options().dtype(new ScalarTypeOptional(ScalarType.Float));
    Tensor map = empty(sizes, options, new MemoryFormatOptional());
    Pointer y = labels.data_ptr();
    FloatPointer out = map.data_ptr_float();
    DeviceFailures.run(labels, () -> cpu.accept(y, out), stream -> gpu.run(y, out, stream));
    return map;
  }
}

package org.autoloss.loss.handmade;

import static org.bytedeco.pytorch.global.torch.empty;

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
  private DistanceMaps() {}

  /** Distance to the nearest label edge, {@code [N,H,W]}; infinite where an image has none. */
  static Tensor edgeDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    Tensor labels = batch.labels().contiguous();
    Tensor map = map(labels, s.n(), s.h(), s.w());
    Pointer y = labels.data_ptr();
    FloatPointer out = map.data_ptr_float();
    int type = ops.LABEL_INT64;
    DeviceFailures.run(
        labels,
        () -> ops.edge_distance(y, type, s.n(), s.c(), s.h(), s.w(), out),
        stream -> ops.edge_distance(y, type, s.n(), s.c(), s.h(), s.w(), out, stream));
    return map;
  }

  /** Signed distance to each class's boundary, {@code [N,C,H,W]}; negative inside. */
  static Tensor signedDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    Tensor labels = batch.labels().contiguous();
    Tensor map = map(labels, s.n(), s.c(), s.h(), s.w());
    Pointer y = labels.data_ptr();
    FloatPointer out = map.data_ptr_float();
    int type = ops.LABEL_INT64;
    DeviceFailures.run(
        labels,
        () -> ops.signed_distance(y, type, s.n(), s.c(), s.h(), s.w(), out),
        stream -> ops.signed_distance(y, type, s.n(), s.c(), s.h(), s.w(), out, stream));
    return map;
  }

  /** U-Net's border term, {@code [N,H,W]}. */
  static Tensor borderWeights(MaskedBatch batch, double strength, double sigma) {
    Shape s = batch.shape();
    Tensor labels = batch.labels().contiguous();
    Tensor map = map(labels, s.n(), s.h(), s.w());
    Pointer y = labels.data_ptr();
    FloatPointer out = map.data_ptr_float();
    int type = ops.LABEL_INT64;
    DeviceFailures.run(
        labels,
        () -> ops.border_weights(strength, sigma, y, type, s.n(), s.c(), s.h(), s.w(), out),
        stream ->
            ops.border_weights(strength, sigma, y, type, s.n(), s.c(), s.h(), s.w(), out, stream));
    return map;
  }

  /** Room for a map where the labels are. */
  private static Tensor map(Tensor labels, long... sizes) {
    TensorOptions options = labels.options().dtype(new ScalarTypeOptional(ScalarType.Float));
    return empty(sizes, options, new MemoryFormatOptional());
  }
}

package org.autoloss.loss.handmade;

import static org.bytedeco.pytorch.global.torch.empty;

import org.autoloss.global.ops;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Maps that depend on the labels alone: exact Euclidean distances, in pixels. Computed on the CPU;
 * labels of a GPU are copied there, and the map back.
 */
final class DistanceMaps {
  private DistanceMaps() {}

  /** Distance to the nearest label edge, {@code [N,H,W]}; infinite where an image has none. */
  static Tensor edgeDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    Tensor labels = batch.labels().cpu().contiguous();
    Tensor map = empty(s.n(), s.h(), s.w());
    ops.edge_distance(
        labels.data_ptr(), ops.LABEL_INT64, s.n(), s.c(), s.h(), s.w(), map.data_ptr_float());
    return map.to(batch.labels().device(), ScalarType.Float);
  }

  /** Signed distance to each class's boundary, {@code [N,C,H,W]}; negative inside. */
  static Tensor signedDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    Tensor labels = batch.labels().cpu().contiguous();
    Tensor map = empty(s.n(), s.c(), s.h(), s.w());
    ops.signed_distance(
        labels.data_ptr(), ops.LABEL_INT64, s.n(), s.c(), s.h(), s.w(), map.data_ptr_float());
    return map.to(batch.labels().device(), ScalarType.Float);
  }

  /** U-Net's border term, {@code [N,H,W]}. */
  static Tensor borderWeights(MaskedBatch batch, double strength, double sigma) {
    Shape s = batch.shape();
    Tensor labels = batch.labels().cpu().contiguous();
    Tensor map = empty(s.n(), s.h(), s.w());
    ops.border_weights(
        strength,
        sigma,
        labels.data_ptr(),
        ops.LABEL_INT64,
        s.n(),
        s.c(),
        s.h(),
        s.w(),
        map.data_ptr_float());
    return map.to(batch.labels().device(), ScalarType.Float);
  }
}

package org.autoloss.loss.handmade;

import static org.bytedeco.pytorch.global.torch.empty;

import org.autoloss.global.ops;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.pytorch.Tensor;

/** Maps that depend on the labels alone: exact Euclidean distances, in pixels. */
final class LabelMaps {
  private LabelMaps() {}

  /** Distance to the nearest label edge, {@code [N,H,W]}; infinite where an image has none. */
  static Tensor edgeDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    Tensor map = empty(s.n(), s.h(), s.w());
    ops.edge_distance(
        batch.labels().contiguous().data_ptr(),
        ops.LABEL_INT64,
        s.n(),
        s.c(),
        s.h(),
        s.w(),
        map.data_ptr_float());
    return map;
  }

  /** Signed distance to each class's boundary, {@code [N,C,H,W]}; negative inside. */
  static Tensor signedDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    Tensor map = empty(s.n(), s.c(), s.h(), s.w());
    ops.signed_distance(
        batch.labels().contiguous().data_ptr(),
        ops.LABEL_INT64,
        s.n(),
        s.c(),
        s.h(),
        s.w(),
        map.data_ptr_float());
    return map;
  }

  /** U-Net's border term, {@code [N,H,W]}. */
  static Tensor borderWeights(MaskedBatch batch, double strength, double sigma) {
    Shape s = batch.shape();
    Tensor map = empty(s.n(), s.h(), s.w());
    ops.border_weights(
        strength,
        sigma,
        batch.labels().contiguous().data_ptr(),
        ops.LABEL_INT64,
        s.n(),
        s.c(),
        s.h(),
        s.w(),
        map.data_ptr_float());
    return map;
  }
}

package org.autoloss.loss.handcrafted;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.function.BiConsumer;
import org.autoloss.global.ops;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
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
    return map(batch, ops::edge_distance, s.n(), s.h(), s.w());
  }

  /** Signed distance to each class's boundary, {@code [N,C,H,W]}; negative inside. */
  static Tensor signedDistance(MaskedBatch batch) {
    Shape s = batch.shape();
    return map(batch, ops::signed_distance, s.n(), s.c(), s.h(), s.w());
  }

  /** U-Net's border term, {@code [N,H,W]}. */
  static Tensor borderWeights(MaskedBatch batch, double strength, double sigma) {
    Shape s = batch.shape();
    return map(batch, (b, out) -> ops.border_weights(strength, sigma, b, out), s.n(), s.h(), s.w());
  }

  private static Tensor map(
      MaskedBatch batch, BiConsumer<ops.Batch, FloatPointer> operation, long... sizes) {
    Tensor labels = batch.labels().contiguous();
    TensorOptions options = labels.options().dtype(new ScalarTypeOptional(ScalarType.Float));
    Tensor map = empty(sizes, options, new MemoryFormatOptional());
    FloatPointer out = map.data_ptr_float();
    LogitsBatch.ofLabels(batch.shape(), labels).run(b -> operation.accept(b, out));
    return map;
  }
}

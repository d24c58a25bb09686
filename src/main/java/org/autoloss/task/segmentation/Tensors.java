package org.autoloss.task.segmentation;

import org.autoloss.data.Batch;
import org.autoloss.data.EvaluationBatch;
import org.autoloss.data.Extent;
import org.bytedeco.pytorch.Tensor;

/** Batches as tensors. */
final class Tensors {
  private Tensors() {}

  /** {@code [N,3,H,W]} float32, a copy. */
  static Tensor images(Batch batch) {
    return Tensor.create(batch.images(), batch.size(), 3, batch.height(), batch.width());
  }

  /** {@code [N,H,W]} uint8, a copy. */
  static Tensor labels(Batch batch) {
    return Tensor.create(batch.labels(), false, batch.size(), batch.height(), batch.width());
  }

  /** {@code [N,3,H,W]} float32, a copy. */
  static Tensor images(EvaluationBatch batch) {
    Extent size = batch.padded();
    return Tensor.create(batch.images(), batch.size(), 3, size.height(), size.width());
  }

  /** {@code [N,H,W]} uint8, a copy. */
  static Tensor labels(EvaluationBatch batch) {
    Extent size = batch.labelled();
    return Tensor.create(batch.labels(), false, batch.size(), size.height(), size.width());
  }
}

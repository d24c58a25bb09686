package org.autoloss.task.segmentation;

import org.autoloss.data.Batch;
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
}

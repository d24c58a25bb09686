package org.autoloss.loss;

import org.bytedeco.pytorch.Tensor;

/** A loss of classes that weighs each sample by how well its box fits. */
public interface QualityLoss extends Loss {
  /**
   * The loss of a batch.
   *
   * @param logits as of {@link Loss#apply}
   * @param labels as of {@link Loss#apply}
   * @param quality {@code [N,H,W]} float32 in [0,1], a constant: the intersection over union of a
   *     sample's box with its target, 1 for samples without one. Null is 1 for all
   * @return as of {@link Loss#apply}
   * @throws IllegalArgumentException if a shape or type is not as said
   */
  Tensor apply(Tensor logits, Tensor labels, Tensor quality);

  @Override
  default Tensor apply(Pair pair) {
    return apply(pair.predicted(), pair.target(), pair.quality());
  }
}

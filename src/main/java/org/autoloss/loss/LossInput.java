package org.autoloss.loss;

/**
 * What a branch of a network gives its loss: the meaning of the two tensors of {@link Loss#apply},
 * and so which losses fit.
 */
public enum LossInput {
  /**
   * Classes of pixels or of regions: predicted {@code [N,C,H,W]} float32 logits, target {@code
   * [N,H,W]} class indices; H and W are 1 for regions. The inputs of a loss graph are the one-hot
   * label y, softmax(predicted) and 1.
   */
  CLASSES,
  /**
   * Yes or no, such as an anchor's objectness or the mask of one class: predicted {@code [N,1,H,W]}
   * float32 logits of a sigmoid, target of the same shape in [0,1].
   */
  BINARY,
  /** Heat maps: predicted and target {@code [N,K,H,W]} float32, compared as they are. */
  HEATMAP,
  /** Boxes: predicted and target {@code [N,4]} float32. */
  BOXES
}

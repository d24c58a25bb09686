package org.autoloss.nn.models.rcnn;

import org.bytedeco.pytorch.Tensor;

/**
 * What a training step tells a branch of boxes: those that show objects.
 *
 * @param deltas of the network, {@code [P,4]}, with a gradient function also where P is 0
 * @param targets the deltas that they should have been, {@code [P,4]}
 * @param references what deltas are relative to, {@code [P,4]}
 * @param boxes of the objects, {@code [P,4]}
 * @param samples by which losses are divided: all that were sampled, with and without objects
 * @param coder between deltas and boxes
 */
public record BoxTargets(
    Tensor deltas, Tensor targets, Tensor references, Tensor boxes, int samples, BoxCoder coder) {
  /**
   * The boxes that the network's deltas stand for.
   *
   * @return {@code [P,4]}, with a gradient function
   */
  public Tensor predicted() {
    return coder.decode(deltas, references);
  }
}

package org.autoloss.loss;

import org.bytedeco.pytorch.Tensor;

/**
 * What a branch of a network gives its loss in one step.
 *
 * @param predicted of the network, with a gradient function
 * @param target what it should have been
 * @param auxiliary what an auxiliary head predicted, {@code null} without one: the same loss
 *     applies to it, too, with {@link #AUXILIARY_WEIGHT}
 */
public record Pair(Tensor predicted, Tensor target, Tensor auxiliary) {
  /** Of the loss of an auxiliary head (Zhao et al., "Pyramid scene parsing network", table 2). */
  public static final double AUXILIARY_WEIGHT = 0.4;

  /**
   * A pair without an auxiliary head.
   *
   * @param predicted of the network, with a gradient function
   * @param target what it should have been
   */
  public Pair(Tensor predicted, Tensor target) {
    this(predicted, target, null);
  }
}

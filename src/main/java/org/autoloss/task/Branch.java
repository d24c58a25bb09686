package org.autoloss.task;

import org.autoloss.loss.LossInput;

/**
 * A place in a network where a loss is needed.
 *
 * @param name in specifications of losses, such as {@code loss_box_reg}
 * @param input what its loss compares
 * @param baseline the specification of the loss that people use there, such as {@code ce}
 * @param pools whether its predictions are maps, whose pixels have neighbours: else loss graphs are
 *     searched without pools
 */
public record Branch(String name, LossInput input, String baseline, boolean pools) {
  /**
   * A branch of maps; or of boxes, which are none.
   *
   * @param name in specifications of losses
   * @param input what its loss compares
   * @param baseline the specification of the loss that people use there
   */
  public Branch(String name, LossInput input, String baseline) {
    this(name, input, baseline, input != LossInput.BOXES && input != LossInput.DELTAS);
  }
}

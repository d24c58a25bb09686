package org.autoloss.task;

import org.autoloss.loss.LossInput;

/**
 * A place in a network where a loss is needed.
 *
 * @param name in specifications of losses, such as {@code loss_box_reg}
 * @param input what its loss compares
 * @param baseline the specification of the loss that people use there, such as {@code ce}
 */
public record Branch(String name, LossInput input, String baseline) {}

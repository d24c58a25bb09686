package org.autoloss.loss;

import org.bytedeco.pytorch.Tensor;

/**
 * What a branch of a network gives its loss in one step.
 *
 * @param predicted of the network, with a gradient function
 * @param target what it should have been
 */
public record Pair(Tensor predicted, Tensor target) {}

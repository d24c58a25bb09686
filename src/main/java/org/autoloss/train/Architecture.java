package org.autoloss.train;

import org.bytedeco.pytorch.Tensor;

/** The shape of a network: which layers it has, and how they are wired. Stateless. */
interface Architecture {
  /** Declares every layer, in the order in which parameters are stored. */
  void declare(Layers.Builder layers);

  /**
   * Images to logits at the images' resolution.
   *
   * @param layers the parameters
   * @param images {@code [N,3,H,W]}
   * @param training whether batch statistics normalise, and are recorded
   */
  Tensor forward(Layers layers, Tensor images, boolean training);
}

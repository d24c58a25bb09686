package org.autoloss.nn;

import org.bytedeco.pytorch.Tensor;

/** A part of a network that makes one tensor of another. */
@FunctionalInterface
public interface Block {
  /**
   * Runs this block.
   *
   * @param input what comes in
   * @param pass to learn or to predict
   * @return what comes out; a new tensor, or the input if the block changes it in place
   */
  Tensor forward(Tensor input, Pass pass);

  /**
   * This block and another behind it.
   *
   * @param next what takes this block's output
   * @return both as one block
   */
  default Block then(Block next) {
    return (input, pass) -> next.forward(forward(input, pass), pass);
  }
}

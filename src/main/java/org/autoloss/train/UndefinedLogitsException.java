package org.autoloss.train;

/** A network's logits are NaN, so that it sees no class at all. */
public final class UndefinedLogitsException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /**
   * Says how many there are.
   *
   * @param undefined pixels with a logit that is NaN
   * @param pixels of the batch
   */
  public UndefinedLogitsException(long undefined, long pixels) {
    super(
        "network: expected logits that are numbers, got NaN at "
            + undefined
            + " of "
            + pixels
            + " pixels of a batch; train it again, with a smaller learning rate");
  }
}

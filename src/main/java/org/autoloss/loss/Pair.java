package org.autoloss.loss;

import org.bytedeco.pytorch.Tensor;

/**
 * What a branch of a network gives its loss in one step.
 *
 * @param predicted of the network, with a gradient function
 * @param target what it should have been
 * @param auxiliary what an auxiliary head predicted, {@code null} without one: the same loss
 *     applies to it, too, with {@link #AUXILIARY_WEIGHT}
 * @param quality for losses that know a {@link QualityLoss quality}; null where there is none
 * @param present of heat maps, {@code [N,K]}: a map is left out where it is not above 0, as if it
 *     were not there: no value, no gradient; null where all are there
 * @param share what the loss, a mean over these samples, is multiplied by: for boxes the part of
 *     all sampled regions that has boxes at all, since detectors divide by the number of those
 * @param deltas of boxes, the same as differences to their anchors, for losses on {@link
 *     LossInput#DELTAS}; null where there are none
 */
public record Pair(
    Tensor predicted,
    Tensor target,
    Tensor auxiliary,
    Tensor quality,
    Tensor present,
    double share,
    Pair deltas) {
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

  /**
   * A pair with what an auxiliary head predicted.
   *
   * @param predicted of the network, with a gradient function
   * @param target what it should have been
   * @param auxiliary {@code null} without one
   */
  public Pair(Tensor predicted, Tensor target, Tensor auxiliary) {
    this(predicted, target, auxiliary, null, null, 1, null);
  }

  /**
   * This pair with the quality of each sample.
   *
   * @param ofSamples as of {@link QualityLoss}
   * @return a new pair
   */
  public Pair withQuality(Tensor ofSamples) {
    return new Pair(predicted, target, auxiliary, ofSamples, present, share, deltas);
  }

  /**
   * This pair of heat maps, some of which are left out: those of points that nobody has labelled.
   *
   * @param maps as of {@link #present}
   * @return a new pair
   */
  public Pair withPresent(Tensor maps) {
    return new Pair(predicted, target, auxiliary, quality, maps, share, deltas);
  }

  /** This pair with what the auxiliary head predicted in place of the prediction. */
  Pair ofAuxiliary() {
    return new Pair(auxiliary, target, null, quality, present, share, deltas);
  }

  /**
   * This pair with a share.
   *
   * @param part what the loss is multiplied by
   * @return a new pair
   */
  public Pair withShare(double part) {
    return new Pair(predicted, target, auxiliary, quality, present, part, deltas);
  }

  /**
   * This pair of boxes with the same as deltas.
   *
   * @param encoded as the box coder has them, with a share of their own
   * @return a new pair
   */
  public Pair withDeltas(Pair encoded) {
    return new Pair(predicted, target, auxiliary, quality, present, share, encoded);
  }
}

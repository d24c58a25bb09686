package org.autoloss.loss.handcrafted;

import org.autoloss.global.ops;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.FusedLoss;
import org.autoloss.loss.LogitsBatch;
import org.bytedeco.javacpp.FloatPointer;

/**
 * A ratio of overlap to size, for each class, over the whole batch: what Dice, Tversky and Jaccard
 * have in common.
 *
 * <p>With {@code p = softmax(logits)}, one-hot labels y and sums over the pixels that count, {@code
 * I = sum p y}, {@code G = sum y}, and {@code S = sum p} or {@code sum p^2}: {@code 1 - mean over c
 * of I / (own I + alpha S + beta G + 1e-8)}. Value and gradient are fused: two reads of the logits
 * and one write, on the CPU and on an NVIDIA GPU. {@code own} is 0 if squared, else {@code 1 -
 * alpha - beta}.
 */
public abstract class OverlapLoss extends FusedLoss {
  private final boolean squared;
  private final double alpha;
  private final double beta;
  private final AbsentClasses absent;

  OverlapLoss(boolean squared, double alpha, double beta, AbsentClasses absent) {
    this.squared = squared;
    this.alpha = Ranges.weight("alpha", alpha);
    this.beta = Ranges.weight("beta", beta);
    this.absent = absent;
  }

  /**
   * Whether the size of a prediction is {@code sum p^2}, and I no part of the denominator.
   *
   * @return true for Dice; false for Tversky and Jaccard, whose size is {@code sum p}
   */
  public final boolean squared() {
    return squared;
  }

  /**
   * The weight of the prediction's size S.
   *
   * @return 0 to 1e6
   */
  public final double alpha() {
    return alpha;
  }

  /**
   * The weight of the label's size G.
   *
   * @return 0 to 1e6
   */
  public final double beta() {
    return beta;
  }

  /**
   * What a class without a labelled pixel in the batch does.
   *
   * @return whether it counts, with overlap 0
   */
  public final AbsentClasses absentClasses() {
    return absent;
  }

  /** As the option {@code absent} writes it. */
  final String absent() {
    return absent == AbsentClasses.COUNT ? "count" : "skip";
  }

  @Override
  protected final double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    int squares = squared ? 1 : 0;
    return batch.value(
        b -> ops.overlap_loss(squares, alpha, beta, absent.code(), b, value, gradient));
  }

  @Override
  protected final boolean runsOnGpu() {
    return true;
  }

  @Override
  protected final boolean narrowsGradient() {
    return true;
  }
}

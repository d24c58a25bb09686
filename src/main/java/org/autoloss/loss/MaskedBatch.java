package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.util.function.Function;
import org.autoloss.internal.ElementTypes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A checked batch whose ignored pixels are out of the way: their logits are 0, so that not even a
 * NaN there has a value or a gradient, and their labels are -1. Where no pixel is ignored nothing
 * is copied. Good within the PointerScope that it was made in, on one thread.
 */
public final class MaskedBatch {
  static final long IGNORED = -1;

  private static final long REDUCTION_NONE = 0; // at::Reduction::None
  private static final long REDUCTION_SUM = 2; // at::Reduction::Sum
  private static final long CLASSES = 1; // the dimension

  private final Shape shape;
  private final Tensor logits;
  private final Tensor labels;
  private final Tensor ignored; // bool; null where no pixel is
  private Tensor valid;

  private MaskedBatch(Shape shape, Tensor logits, Tensor labels, Tensor ignored) {
    this.shape = shape;
    this.logits = logits;
    this.labels = labels;
    this.ignored = ignored;
  }

  /**
   * A batch from tensors. Call it within a PointerScope, for as long as the batch is in use.
   *
   * @param logits {@code [N,C,H,W]} float32, any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64
   * @return the batch
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public static MaskedBatch of(Tensor logits, Tensor labels) {
    Shape shape = TensorChecks.check(logits, labels);
    // to() would make a tensor for Java, whatever the type
    Tensor wide = ElementTypes.of(labels) == ScalarType.Long ? labels : labels.to(ScalarType.Long);
    Tensor ignored = ignored(shape, labels, wide);
    return ignored == null
        ? new MaskedBatch(shape, logits, wide, null)
        : new MaskedBatch(
            shape,
            logits.masked_fill(ignored.unsqueeze(CLASSES), new Scalar(0)),
            wide.masked_fill(ignored, new Scalar(IGNORED)),
            ignored);
  }

  /** The loss of such a batch, 0 and a part of the logits' graph where there is no pixel. */
  static Tensor loss(Tensor logits, Tensor labels, Function<MaskedBatch, Tensor> ofPixels) {
    MaskedBatch batch = of(logits, labels);
    boolean empty = batch.shape.pixels() == 0;
    return empty ? logits.sum().mul(new Scalar(0)) : ofPixels.apply(batch);
  }

  /** Which pixels are ignored; null where none is, which costs no tensor on the CPU. */
  private static Tensor ignored(Shape shape, Tensor labels, Tensor wide) {
    if (shape.pixels() == 0
        || labels.is_cpu() && LogitsBatch.labelled(shape, labels) == shape.pixels()) {
      return null;
    }
    Tensor ignored = wide.lt(new Scalar(0)).logical_or(wide.ge(new Scalar(shape.c())));
    return labels.is_cpu() || ignored.any().item_bool() ? ignored : null;
  }

  /**
   * The sizes.
   *
   * @return those of the logits
   */
  public Shape shape() {
    return shape;
  }

  /**
   * The logits.
   *
   * @return {@code [N,C,H,W]} float32, part of the caller's graph
   */
  public Tensor logits() {
    return logits;
  }

  /**
   * The labels.
   *
   * @return {@code [N,H,W]} int64, -1 where ignored
   */
  public Tensor labels() {
    return labels;
  }

  /**
   * Which pixels count.
   *
   * @return {@code [N,H,W]} float32, 1 where a pixel counts, else 0
   */
  public Tensor valid() {
    if (valid == null) {
      valid =
          ignored == null
              ? ones_like(labels).to(ScalarType.Float)
              : ignored.logical_not().to(ScalarType.Float);
    }
    return valid;
  }

  /**
   * How many pixels count, to divide by.
   *
   * @return 0-dimensional float32, 1 at least
   */
  public Tensor count() {
    return valid().sum().clamp_min(new Scalar(1));
  }

  private boolean allCount() {
    return ignored == null && shape.pixels() > 0;
  }

  /**
   * Cross entropy, the mean over the pixels that count of {@code -log softmax(logits)[label]}.
   *
   * @return 0-dimensional; 0 if no pixel counts
   */
  public Tensor meanCrossEntropy() {
    return allCount()
        ? cross_entropy_loss(logits, labels)
        : crossEntropy(REDUCTION_SUM).div(count());
  }

  /**
   * Cross entropy of each pixel, {@code -log softmax(logits)[label]}.
   *
   * @return {@code [N,H,W]}, 0 where ignored
   */
  public Tensor crossEntropy() {
    return crossEntropy(REDUCTION_NONE);
  }

  private Tensor crossEntropy(long reduction) {
    return cross_entropy_loss(logits, labels, new TensorOptional(), reduction, IGNORED, 0.0);
  }

  /**
   * Softmax over classes.
   *
   * @return {@code [N,C,H,W]}; {@code 1/C} where ignored
   */
  public Tensor probabilities() {
    return logits.softmax(CLASSES);
  }

  /**
   * The labels as one plane per class.
   *
   * @return {@code [N,C,H,W]} float32: 1 at the label, else 0; all 0 where ignored
   */
  public Tensor oneHot() {
    Tensor index = labels.clamp_min(new Scalar(0)).unsqueeze(CLASSES);
    return zeros_like(logits.detach()).scatter_(CLASSES, index, valid().unsqueeze(CLASSES));
  }

  /**
   * The mean over the pixels that count.
   *
   * @param values {@code [N,H,W]}, finite where ignored
   * @return 0-dimensional; 0 if no pixel counts
   */
  public Tensor mean(Tensor values) {
    return allCount() ? values.mean() : values.mul(valid()).sum().div(count());
  }

  /**
   * The mean over the pixels that count and all classes.
   *
   * @param values {@code [N,C,H,W]}, finite where ignored
   * @return 0-dimensional; 0 if no pixel counts
   */
  public Tensor meanOverClasses(Tensor values) {
    return mean(values.mean(CLASSES));
  }
}

package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A checked batch whose ignored pixels are out of the way: their logits are 0, so that not even a
 * NaN there has a value or a gradient, and their labels are -1.
 *
 * @param shape the sizes
 * @param logits {@code [N,C,H,W]} float32, part of the caller's graph
 * @param labels {@code [N,H,W]} int64, -1 where ignored
 * @param valid {@code [N,H,W]} float32, 1 where a pixel counts, else 0
 * @param count 0-dimensional float32: how many pixels count, 1 at least, to divide by
 */
public record MaskedBatch(Shape shape, Tensor logits, Tensor labels, Tensor valid, Tensor count) {
  static final long IGNORED = -1;

  private static final long REDUCTION_NONE = 0; // at::Reduction::None
  private static final long CLASSES = 1; // the dimension

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
    Tensor wide = labels.to(ScalarType.Long);
    Tensor ignored = wide.lt(new Scalar(0)).logical_or(wide.ge(new Scalar(shape.c())));
    Tensor valid = ignored.logical_not().to(ScalarType.Float);
    Tensor known = logits;
    if (shape.pixels() > 0 && ignored.any().item_bool()) {
      known = logits.masked_fill(ignored.unsqueeze(CLASSES), new Scalar(0));
    }
    return new MaskedBatch(
        shape,
        known,
        wide.masked_fill(ignored, new Scalar(IGNORED)),
        valid,
        valid.sum().clamp_min(new Scalar(1)));
  }

  /**
   * Cross entropy of each pixel, {@code -log softmax(logits)[label]}.
   *
   * @return {@code [N,H,W]}, 0 where ignored
   */
  public Tensor crossEntropy() {
    return cross_entropy_loss(logits, labels, new TensorOptional(), REDUCTION_NONE, IGNORED, 0.0);
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
    return zeros_like(logits.detach()).scatter_(CLASSES, index, valid.unsqueeze(CLASSES));
  }

  /**
   * The mean over the pixels that count.
   *
   * @param values {@code [N,H,W]}, finite where ignored
   * @return 0-dimensional; 0 if no pixel counts
   */
  public Tensor mean(Tensor values) {
    return values.mul(valid).sum().div(count);
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

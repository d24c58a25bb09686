package org.autoloss.loss.box;

import static org.bytedeco.pytorch.global.torch.maximum;
import static org.bytedeco.pytorch.global.torch.minimum;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.autoloss.internal.Natives;
import org.autoloss.loss.LabelType;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Losses of predicted boxes against target boxes, pair by pair, differentiated by libtorch.
 *
 * <p>Rezatofighi et al., "Generalized intersection over union: a metric and a loss for bounding box
 * regression", CVPR 2019, algorithm 2. A box is {@code (x1, y1, x2, y2)}; one with {@code x2 < x1}
 * or {@code y2 < y1} has no area.
 */
public enum BoxLoss {
  /** {@code 1 - IoU}; without a gradient where boxes do not meet. */
  IOU("iou_box"),
  /**
   * {@code 1 - IoU + (hull - union) / hull}, with hull the area of the smallest box around both.
   */
  GIOU("giou_box");

  /** Keeps ratios of empty boxes finite. */
  private static final double EPSILON = 1e-7;

  static {
    Natives.loadKernels();
  }

  private final String label;

  BoxLoss(String label) {
    this.label = label;
  }

  /**
   * The name in text and files.
   *
   * @return for example {@code giou_box}
   */
  public String label() {
    return label;
  }

  /**
   * The loss of a name.
   *
   * @param name {@code iou_box} or {@code giou_box}
   * @return the loss
   * @throws IllegalArgumentException if there is none of that name
   */
  public static BoxLoss of(String name) {
    return Arrays.stream(values())
        .filter(loss -> loss.label.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "box loss: expected one of "
                        + Arrays.stream(values())
                            .map(BoxLoss::label)
                            .collect(Collectors.joining(", "))
                        + ", got '"
                        + name
                        + "'"));
  }

  /**
   * The mean loss of the pairs.
   *
   * @param predicted {@code [N,4]} float32
   * @param target {@code [N,4]} float32
   * @return a new 0-dimensional tensor, 0 if there is no pair; it belongs to the caller
   * @throws IllegalArgumentException if a shape or type is not as said
   */
  public Tensor apply(Tensor predicted, Tensor target) {
    long count = predicted.dim() == 2 ? predicted.size(0) : 0;
    check("predicted", predicted, count);
    check("target", target, count);
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      loss.put(count == 0 ? predicted.sum().mul(new Scalar(0.0)) : pairs(predicted, target).mean());
    }
    return loss;
  }

  private Tensor pairs(Tensor a, Tensor b) {
    Tensor lower = maximum(corner(a, 0), corner(b, 0));
    Tensor upper = minimum(corner(a, 2), corner(b, 2));
    Tensor overlap = area(lower, upper);
    Tensor union =
        area(corner(a, 0), corner(a, 2)).add(area(corner(b, 0), corner(b, 2))).sub(overlap);
    Tensor loss = overlap.div(union.add(new Scalar(EPSILON))).neg().add(new Scalar(1));
    if (this == IOU) {
      return loss;
    }
    Tensor hull = area(minimum(corner(a, 0), corner(b, 0)), maximum(corner(a, 2), corner(b, 2)));
    return loss.add(hull.sub(union).div(hull.add(new Scalar(EPSILON))));
  }

  private static Tensor corner(Tensor boxes, long first) {
    return boxes.narrow(1, first, 2);
  }

  private static Tensor area(Tensor lower, Tensor upper) {
    return upper.sub(lower).clamp_min(new Scalar(0)).prod(1);
  }

  private static void check(String argument, Tensor boxes, long count) {
    if (boxes.scalar_type().intern() != ScalarType.Float) {
      throw new IllegalArgumentException(
          argument + ": expected float32, got " + LabelType.typeName(boxes.scalar_type()));
    }
    if (boxes.dim() != 2 || boxes.size(1) != 4 || boxes.size(0) != count) {
      throw new IllegalArgumentException(
          argument
              + ": expected shape [N,4], the same N for both, got "
              + Arrays.toString(boxes.shape()));
    }
  }
}

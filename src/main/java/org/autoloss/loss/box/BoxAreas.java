package org.autoloss.loss.box;

import static org.bytedeco.pytorch.global.torch.maximum;
import static org.bytedeco.pytorch.global.torch.minimum;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What losses of boxes are made of, for each pair of boxes {@code x1, y1, x2, y2}. Sides below 0
 * count as 0. Differentiable; the tensors belong to the current scope.
 *
 * @param intersection {@code i}, {@code [N]}; without a gradient where the boxes do not meet
 * @param union {@code u}, {@code [N]}
 * @param enclosing {@code e}, {@code [N]}: the area of the smallest box around both
 */
public record BoxAreas(Tensor intersection, Tensor union, Tensor enclosing) {
  /**
   * The areas.
   *
   * @param predicted {@code [N,4]}
   * @param target {@code [N,4]}
   * @return three tensors of N
   */
  public static BoxAreas of(Tensor predicted, Tensor target) {
    Tensor intersection =
        area(maximum(lower(predicted), lower(target)), minimum(upper(predicted), upper(target)));
    Tensor union =
        area(lower(predicted), upper(predicted))
            .add(area(lower(target), upper(target)))
            .sub(intersection);
    Tensor enclosing =
        area(minimum(lower(predicted), lower(target)), maximum(upper(predicted), upper(target)));
    return new BoxAreas(intersection, union, enclosing);
  }

  static Tensor lower(Tensor boxes) {
    return boxes.narrow(1, 0, 2);
  }

  static Tensor upper(Tensor boxes) {
    return boxes.narrow(1, 2, 2);
  }

  private static Tensor area(Tensor lower, Tensor upper) {
    Tensor sides = upper.sub(lower).clamp_min(new Scalar(0));
    return sides.select(1, 0).mul(sides.select(1, 1));
  }
}

package org.autoloss.loss.box;

import org.autoloss.internal.ElementTypes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What losses of boxes are made of, for each pair of boxes {@code x1, y1, x2, y2}: the columns of
 * {@link BoxOverlaps}, by their names. Sides below 0 count as 0. Differentiable by what is
 * predicted, once; the tensors belong to the current scope.
 *
 * @param intersection {@code i}, {@code [N]}; without a gradient where the boxes do not meet
 * @param union {@code u}, {@code [N]}
 * @param enclosing {@code e}, {@code [N]}: the area of the smallest box around both
 */
public record BoxAreas(Tensor intersection, Tensor union, Tensor enclosing) {
  /**
   * The areas.
   *
   * @param predicted {@code [N,4]} of any floating-point type
   * @param target {@code [N,4]}, without a gradient
   * @return three tensors of N: float64 where one of both is, else float32
   */
  public static BoxAreas of(Tensor predicted, Tensor target) {
    ScalarType type = wide(predicted) || wide(target) ? ScalarType.Double : ScalarType.Float;
    Tensor areas = BoxOverlaps.of(predicted.to(type), target.to(type));
    return new BoxAreas(areas.select(1, 0), areas.select(1, 1), areas.select(1, 2));
  }

  private static boolean wide(Tensor tensor) {
    return ElementTypes.of(tensor) == ScalarType.Double;
  }

  static Tensor lower(Tensor boxes) {
    return boxes.narrow(1, 0, 2);
  }

  static Tensor upper(Tensor boxes) {
    return boxes.narrow(1, 2, 2);
  }
}

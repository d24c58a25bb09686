package org.autoloss.internal;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The types of tensors' elements, as constants that can be compared.
 *
 * <p>libtorch's types come into Java as objects of their own. JavaCPP's {@code intern} looks for
 * the constant among all of them at each call, which takes a microsecond, and a loss asks for
 * several.
 */
public final class ElementTypes {
  private static final ScalarType[] BY_VALUE = byValue();

  private ElementTypes() {}

  private static ScalarType[] byValue() {
    ScalarType[] constants = new ScalarType[Byte.MAX_VALUE + 1];
    for (ScalarType type : ScalarType.values()) {
      if (type.value >= 0 && constants[type.value] == null) {
        constants[type.value] = type;
      }
    }
    return constants;
  }

  /**
   * The type of a tensor's elements.
   *
   * @param tensor a tensor, not undefined
   * @return one of the constants
   */
  public static ScalarType of(Tensor tensor) {
    return of(tensor.scalar_type());
  }

  /**
   * The constant of a type.
   *
   * @param type as libtorch gives it
   * @return one of the constants
   */
  public static ScalarType of(ScalarType type) {
    return BY_VALUE[type.value];
  }
}

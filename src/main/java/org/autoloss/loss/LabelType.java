package org.autoloss.loss;

import java.util.Locale;
import org.autoloss.global.ops;
import org.autoloss.internal.ElementTypes;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The element types that labels may have, as the native operations number them. */
public enum LabelType {
  /** Unsigned bytes. */
  UINT8(ops.LABEL_UINT8, 1),
  /** Ints. */
  INT32(ops.LABEL_INT32, 4),
  /** Longs. */
  INT64(ops.LABEL_INT64, 8);

  private static final LabelType[] BY_CODE = byCode();

  private final int code;
  private final int bytes;

  LabelType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /**
   * The number in native code.
   *
   * @return one of the {@code LABEL_} constants of {@code ops.h}
   */
  public int code() {
    return code;
  }

  private static LabelType[] byCode() {
    LabelType[] types = values();
    LabelType[] byCode = new LabelType[types.length];
    for (LabelType type : types) {
      byCode[type.code] = type;
    }
    return byCode;
  }

  /** The type of a number that native code gives. */
  static LabelType ofCode(int code) {
    return BY_CODE[code];
  }

  /**
   * The size of an element.
   *
   * @return in bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * The label type of a tensor's type.
   *
   * @param argument what the tensor is called in messages
   * @param type the tensor's type
   * @return the label type
   * @throws IllegalArgumentException if labels cannot have that type
   */
  public static LabelType of(String argument, ScalarType type) {
    return switch (ElementTypes.of(type)) {
      case Byte -> UINT8;
      case Int -> INT32;
      case Long -> INT64;
      default ->
          throw new IllegalArgumentException(
              argument + ": expected uint8, int32 or int64, got " + typeName(type));
    };
  }

  /**
   * A tensor type's name, as NumPy and PyTorch users write it.
   *
   * @param type the type
   * @return for example {@code float64}
   */
  public static String typeName(ScalarType type) {
    return switch (ElementTypes.of(type)) {
      case Byte -> "uint8";
      case Char -> "int8";
      case Short -> "int16";
      case Int -> "int32";
      case Long -> "int64";
      case Half -> "float16";
      case Float -> "float32";
      case Double -> "float64";
      default -> ElementTypes.of(type).toString().toLowerCase(Locale.ROOT);
    };
  }
}

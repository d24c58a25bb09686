package org.autoloss.nn;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The types of numbers that weights at rest have, by their names in safetensors files. */
public enum DataType {
  /** Float64. */
  F64(8, true),
  /** Float32. */
  F32(4, true),
  /** Float16. */
  F16(2, true),
  /** Bfloat16: the upper half of a float32. */
  BF16(2, true),
  /** Signed 64-bit integers. */
  I64(8, false),
  /** Signed 32-bit integers. */
  I32(4, false),
  /** Signed 16-bit integers. */
  I16(2, false),
  /** Signed bytes. */
  I8(1, false),
  /** Unsigned bytes. */
  U8(1, false),
  /** Bytes of 0 or 1. */
  BOOL(1, false);

  private final int bytes;
  private final boolean real;

  DataType(int bytes, boolean real) {
    this.bytes = bytes;
    this.real = real;
  }

  /**
   * The type of a name.
   *
   * @param name such as {@code F32}
   * @return the type, if there is one of that name
   */
  static Optional<DataType> of(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /**
   * The size of a number.
   *
   * @return in bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * Whether numbers have fractions.
   *
   * @return false for integers and booleans
   */
  public boolean isReal() {
    return real;
  }

  /** The next number of a little-endian buffer, rounded to float32. */
  float nextFloat(ByteBuffer in) {
    return switch (this) {
      case F64 -> (float) in.getDouble();
      case F32 -> in.getFloat();
      case F16 -> half(in.getShort());
      case BF16 -> Float.intBitsToFloat(in.getShort() << 16);
      default -> nextLong(in);
    };
  }

  /** The next number of a little-endian buffer, of integers. */
  long nextLong(ByteBuffer in) {
    return switch (this) {
      case I64 -> in.getLong();
      case I32 -> in.getInt();
      case I16 -> in.getShort();
      case I8 -> in.get();
      case U8, BOOL -> in.get() & 0xFF;
      default -> throw new IllegalStateException("expected integers, got " + this);
    };
  }

  private static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    if (exponent == 0) { // zero, or below the smallest normal number: steps of 2^-24
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
    }
    int wide = exponent == 0x1F ? 0xFF : exponent + 127 - 15;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}

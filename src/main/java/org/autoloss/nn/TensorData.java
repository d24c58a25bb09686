package org.autoloss.nn;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * A tensor at rest: in memory, or in a file that is read when values are asked for. Immutable.
 *
 * <p>Values are in row-major order.
 */
public final class TensorData {
  // Tensors are read and written by pieces, so that no buffer has their size.
  private static final int PIECE = 1 << 20;
  private static final int MOST = Integer.MAX_VALUE - 8; // the longest array

  private final DataType type;
  private final long[] shape;
  private final long count;
  private final String place;
  private final Source source;
  private final float[] held; // null where the source is the only place

  /** Where the bytes of a tensor can be had. */
  @FunctionalInterface
  interface Source {
    /** Opens what begins with the tensor's first byte: little-endian, row-major. */
    ReadableByteChannel open() throws IOException;
  }

  /** Takes what is read, piece by piece. */
  @FunctionalInterface
  private interface Sink {
    void accept(ByteBuffer piece) throws IOException;
  }

  private TensorData(DataType type, long[] shape, String place, Source source, float[] held) {
    this.type = type;
    this.shape = shape.clone();
    this.count = count(shape);
    this.place = place;
    this.source = source;
    this.held = held;
  }

  /**
   * A tensor of float32.
   *
   * @param values row-major; not copied, not to be modified
   * @param shape its sizes, none of them negative
   * @return the tensor
   * @throws IllegalArgumentException if there are more or fewer values than the shape says
   */
  public static TensorData of(float[] values, long... shape) {
    if (values.length != count(shape)) {
      throw new IllegalArgumentException(
          "values: expected as many as the shape "
              + Arrays.toString(shape)
              + " has, got "
              + values.length);
    }
    return new TensorData(DataType.F32, shape, "values", null, values);
  }

  /**
   * One 64-bit integer: a tensor without dimensions.
   *
   * @param value the number
   * @return the tensor
   */
  public static TensorData of(long value) {
    byte[] bytes = piece(Long.BYTES).putLong(value).array();
    return stored(
        DataType.I64,
        new long[0],
        "value",
        () -> Channels.newChannel(new ByteArrayInputStream(bytes)));
  }

  /** A tensor that is somewhere else; its source has as many bytes as type and shape say. */
  static TensorData stored(DataType type, long[] shape, String place, Source source) {
    return new TensorData(type, shape, place, source, null);
  }

  /**
   * The number of elements of a shape.
   *
   * @throws ArithmeticException if it is beyond 64 bits
   */
  static long count(long... shape) {
    if (Arrays.stream(shape).anyMatch(extent -> extent == 0)) {
      return 0;
    }
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /**
   * The type of its numbers.
   *
   * @return the type
   */
  public DataType type() {
    return type;
  }

  /**
   * Its sizes.
   *
   * @return a copy
   */
  public long[] shape() {
    return shape.clone();
  }

  /**
   * How many values it has.
   *
   * @return the product of its sizes
   */
  public long count() {
    return count;
  }

  /**
   * How many bytes its values take.
   *
   * @return a multiple of the type's size
   */
  public long bytes() {
    return Math.multiplyExact(count, type.bytes());
  }

  /**
   * Its values as float32, rounded where the type has more digits.
   *
   * @return row-major; not to be modified
   * @throws IOException if its file cannot be read
   * @throws IllegalArgumentException if there are more values than an array can hold
   */
  public float[] floats() throws IOException {
    if (held != null) {
      return held;
    }
    float[] values = new float[arrayLength()];
    int[] at = {0};
    read(
        piece -> {
          while (piece.hasRemaining()) {
            values[at[0]++] = type.nextFloat(piece);
          }
        });
    return values;
  }

  /**
   * Its values as integers.
   *
   * @return row-major, a copy
   * @throws IOException if its file cannot be read
   * @throws IllegalArgumentException if its type has fractions, or there are more values than an
   *     array can hold
   */
  public long[] longs() throws IOException {
    if (type.isReal()) {
      throw new IllegalArgumentException(place + ": expected integers, got " + type);
    }
    long[] values = new long[arrayLength()];
    int[] at = {0};
    read(
        piece -> {
          while (piece.hasRemaining()) {
            values[at[0]++] = type.nextLong(piece);
          }
        });
    return values;
  }

  /** The same tensor in memory. */
  TensorData load() throws IOException {
    if (held != null) {
      return this;
    }
    if (type == DataType.F32) {
      return of(floats(), shape);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeTo(out);
    byte[] bytes = out.toByteArray();
    return stored(type, shape, place, () -> Channels.newChannel(new ByteArrayInputStream(bytes)));
  }

  /** Writes its bytes: little-endian, row-major. */
  void writeTo(OutputStream out) throws IOException {
    if (held == null) {
      read(piece -> out.write(piece.array(), 0, piece.limit()));
      return;
    }
    ByteBuffer piece = piece(bytes());
    for (int at = 0; at < held.length; ) {
      int length = Math.min(held.length - at, piece.capacity() / Float.BYTES);
      piece.asFloatBuffer().put(held, at, length);
      out.write(piece.array(), 0, length * Float.BYTES);
      at += length;
    }
  }

  private void read(Sink sink) throws IOException {
    ByteBuffer piece = piece(bytes());
    try (ReadableByteChannel in = source.open()) {
      for (long left = bytes(); left > 0; left -= piece.limit()) {
        piece.clear().limit((int) Math.min(left, piece.capacity()));
        while (piece.hasRemaining()) {
          if (in.read(piece) < 0) {
            throw new IllegalArgumentException(
                place + ": the file became shorter while it was read; read it again");
          }
        }
        sink.accept(piece.flip());
      }
    }
  }

  private int arrayLength() {
    if (count > MOST) {
      throw new IllegalArgumentException(
          place + ": expected less than 2^31 values in a tensor, got " + count);
    }
    return (int) count;
  }

  private static ByteBuffer piece(long bytes) {
    return ByteBuffer.allocate((int) Math.min(bytes, PIECE)).order(ByteOrder.LITTLE_ENDIAN);
  }
}

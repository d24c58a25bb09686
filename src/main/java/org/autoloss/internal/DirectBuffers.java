package org.autoloss.internal;

import java.nio.Buffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import org.bytedeco.javacpp.Pointer;

/**
 * Checks buffers that native code reads and writes where they are. It sees bytes alone: no order of
 * them, which is big-endian in Java where nothing else is said, and no ban on writing.
 */
public final class DirectBuffers {
  private DirectBuffers() {}

  /**
   * Checks a buffer that is read.
   *
   * @param argument its name in messages
   * @param buffer of bytes, floats, ints or longs
   * @param expected how many values it must hold
   * @throws IllegalArgumentException if it is null, not direct, in another order than the
   *     machine's, too small, or begins in the middle of a value
   */
  public static void check(String argument, Buffer buffer, long expected) {
    if (buffer == null || !buffer.isDirect()) {
      throw new IllegalArgumentException(
          argument
              + ": expected a direct buffer, got "
              + (buffer == null ? "null" : "one on the heap")
              + "; use ByteBuffer.allocateDirect, or pass an array instead");
    }
    if (order(buffer) != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          argument
              + ": expected native order, "
              + ByteOrder.nativeOrder()
              + ", got "
              + order(buffer)
              + "; call order(ByteOrder.nativeOrder()) on the ByteBuffer before the view is made");
    }
    if (buffer.capacity() < expected) {
      throw new IllegalArgumentException(
          argument + ": expected " + expected + " values or more, got " + buffer.capacity());
    }
    long beyond = address(buffer) % size(buffer);
    if (beyond != 0) {
      throw new IllegalArgumentException(
          argument
              + ": expected memory that begins at a multiple of "
              + size(buffer)
              + " bytes, got one "
              + beyond
              + " bytes beyond it; slice the ByteBuffer elsewhere");
    }
  }

  /**
   * Checks a buffer that is written to.
   *
   * @param argument its name in messages
   * @param buffer of bytes, floats, ints or longs
   * @param expected how many values it must hold
   * @throws IllegalArgumentException as {@link #check}, and if it is read-only
   */
  public static void checkWritable(String argument, Buffer buffer, long expected) {
    check(argument, buffer, expected);
    if (buffer.isReadOnly()) {
      throw new IllegalArgumentException(
          argument + ": expected a buffer to write to, got a read-only one");
    }
  }

  private static ByteOrder order(Buffer buffer) {
    if (buffer instanceof FloatBuffer floats) {
      return floats.order();
    }
    if (buffer instanceof IntBuffer ints) {
      return ints.order();
    }
    return buffer instanceof LongBuffer longs ? longs.order() : ByteOrder.nativeOrder();
  }

  private static int size(Buffer buffer) {
    if (buffer instanceof LongBuffer) {
      return Long.BYTES;
    }
    return buffer instanceof FloatBuffer || buffer instanceof IntBuffer ? Integer.BYTES : 1;
  }

  private static long address(Buffer buffer) {
    try (Pointer start = new Pointer(buffer.duplicate().clear())) {
      return start.address();
    }
  }
}

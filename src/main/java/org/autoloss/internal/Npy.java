package org.autoloss.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An array in NumPy's file format (NEP 1), versions 1 to 3: row-major, of the types that logits and
 * labels have.
 *
 * @param shape the sizes, empty for a scalar
 * @param type the element type in NumPy's notation without byte order: {@code f4}, {@code f8},
 *     {@code u1}, {@code i4}, {@code i8} and the like
 * @param data the elements, little-endian, from position 0 to the limit
 */
public record Npy(long[] shape, String type, ByteBuffer data) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR =
      Pattern.compile("'descr'\\s*:\\s*'([<>|=]?)([a-z]\\d{1,2})'");
  private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d,\\s]*)\\)");
  private static final int ALIGNMENT = 64;

  // The largest array that Java makes.
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  // NumPy's own files have headers of 128 bytes, and its arrays 64 dimensions at most.
  private static final int LONGEST_HEADER = 1 << 16;
  private static final int MOST_DIMENSIONS = 64;

  /**
   * Reads a file.
   *
   * @param file an {@code .npy} file
   * @return the array
   * @throws IllegalArgumentException if the file cannot be read or is not such an array
   */
  public static Npy read(Path file) {
    byte[] bytes = InputFiles.bytes(file, "a .npy file", LARGEST);
    try {
      return parse(bytes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads an array from the bytes of a file.
   *
   * @param bytes the whole file
   * @return the array; it shares the bytes
   * @throws IllegalArgumentException if they are not an array of this format
   */
  public static Npy parse(byte[] bytes) {
    if (bytes.length < 10 || !Arrays.equals(MAGIC, Arrays.copyOf(bytes, MAGIC.length))) {
      throw new IllegalArgumentException("expected NumPy's .npy format, got another one");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int major = bytes[6];
    long headerLength = major == 1 ? buffer.getShort(8) & 0xFFFF : headerLength(buffer);
    long begin = (major == 1 ? 10 : 12) + headerLength;
    if (major < 1 || major > 3 || begin > bytes.length) {
      throw new IllegalArgumentException("expected a whole .npy header of version 1 to 3");
    }
    if (headerLength > LONGEST_HEADER) {
      throw new IllegalArgumentException(
          "expected a .npy header of at most " + LONGEST_HEADER + " bytes, got " + headerLength);
    }
    int start = (int) (begin - headerLength);
    String header = new String(bytes, start, (int) headerLength, StandardCharsets.UTF_8);
    Matcher descr = match(DESCR, header, "an array of numbers");
    if (match(FORTRAN, header, "fortran_order").group(1).equals("True")) {
      throw new IllegalArgumentException(
          "expected row-major order, got Fortran order; save np.ascontiguousarray(array)");
    }
    if (descr.group(1).equals(">")) {
      throw new IllegalArgumentException("expected little-endian numbers, got big-endian ones");
    }
    long[] shape = shape(match(SHAPE, header, "a shape").group(1));
    return checked(shape, descr.group(2), buffer, (int) begin);
  }

  private static long headerLength(ByteBuffer buffer) {
    return buffer.limit() < 12 ? Integer.MAX_VALUE : buffer.getInt(8) & 0xFFFFFFFFL;
  }

  private static Npy checked(long[] shape, String type, ByteBuffer file, int begin) {
    long elements = elements(shape);
    int width = Integer.parseInt(type.substring(1));
    long got = file.limit() - begin;
    if (width < 1 || width > 16 || got / width != elements || got % width != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "expected %d elements of type %s, got %d bytes; is the file truncated?",
              elements,
              type,
              got));
    }
    ByteBuffer data = file.position(begin).slice().order(ByteOrder.LITTLE_ENDIAN);
    return new Npy(shape, type, data);
  }

  /** The product of the sizes. Empty arrays must not be of absurd sizes either. */
  private static long elements(long[] shape) {
    long elements = 1;
    long extent = 1; // with 1 for 0
    for (long size : shape) {
      boolean fits = Math.multiplyHigh(extent, Math.max(size, 1)) == 0;
      extent = fits ? extent * Math.max(size, 1) : -1;
      if (extent < 0 || extent > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("expected a shape that fits the file, got a larger one");
      }
      elements *= size;
    }
    return elements;
  }

  private static Matcher match(Pattern pattern, String header, String what) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new IllegalArgumentException(
          "expected " + what + " in the .npy header, got '" + Excerpt.of(header.strip()) + "'");
    }
    return matcher;
  }

  private static long[] shape(String sizes) {
    try {
      long[] shape =
          Arrays.stream(sizes.split(","))
              .map(String::strip)
              .filter(size -> !size.isEmpty())
              .mapToLong(Long::parseLong)
              .toArray();
      if (shape.length <= MOST_DIMENSIONS) {
        return shape;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a shape, got (" + Excerpt.of(sizes) + ")", e);
    }
    throw new IllegalArgumentException(
        "expected at most " + MOST_DIMENSIONS + " dimensions, got (" + Excerpt.of(sizes) + ")");
  }

  /**
   * The elements as floats.
   *
   * @return a new array
   * @throws IllegalArgumentException if the type is not a float
   */
  public float[] floats() {
    float[] values = new float[count()];
    switch (type) {
      case "f4" -> data.duplicate().order(data.order()).asFloatBuffer().get(values);
      case "f8" -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) data.getDouble(8 * i);
        }
      }
      default -> throw wrongType("f4 or f8");
    }
    return values;
  }

  /**
   * The elements as ints. A value that an int does not hold becomes -1, which as a label is
   * ignored.
   *
   * @return a new array
   * @throws IllegalArgumentException if the type is not a whole number
   */
  public int[] ints() {
    int[] values = new int[count()];
    for (int i = 0; i < values.length; i++) {
      long value =
          switch (type) {
            case "u1", "b1" -> data.get(i) & 0xFF;
            case "i1" -> data.get(i);
            case "i2" -> data.getShort(2 * i);
            case "u2" -> data.getShort(2 * i) & 0xFFFF;
            case "i4" -> data.getInt(4 * i);
            case "u4" -> data.getInt(4 * i) & 0xFFFFFFFFL;
            case "i8", "u8" -> data.getLong(8 * i);
            default -> throw wrongType("whole numbers");
          };
      values[i] = (int) value == value ? (int) value : -1;
    }
    return values;
  }

  private int count() {
    return data.limit() / Integer.parseInt(type.substring(1));
  }

  private IllegalArgumentException wrongType(String expected) {
    return new IllegalArgumentException("expected type " + expected + ", got " + type);
  }

  /**
   * Writes floats as a version 1 file of type {@code f4}. The file appears whole or not at all.
   *
   * @param file where to
   * @param values the elements, row-major
   * @param shape the sizes
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, float[] values, long... shape) throws IOException {
    String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String dictionary =
        String.format(
            Locale.ROOT,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%s%s), }",
            sizes,
            shape.length == 1 ? "," : "");
    int unpadded = MAGIC.length + 4 + dictionary.length() + 1;
    int padding = (ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT;
    String header = dictionary + " ".repeat(padding) + "\n";
    long size = MAGIC.length + 4L + header.length() + 4L * values.length;
    if (size > LARGEST) {
      throw new IOException(
          file + ": expected an array of at most 2 GiB, got " + values.length + " floats");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) header.length());
    bytes.put(header.getBytes(StandardCharsets.US_ASCII));
    bytes.asFloatBuffer().put(values);
    AtomicFiles.write(file, bytes.array());
  }
}

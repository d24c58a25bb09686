package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyTest {
  @TempDir Path folder;

  private static byte[] file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = new byte[10 + text.length + dataBytes];
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
    System.arraycopy(start, 0, bytes, 0, 10);
    System.arraycopy(text, 0, bytes, 10, text.length);
    return bytes;
  }

  @Test
  void write_read_isTheSame() throws IOException {
    float[] values = {1.5f, -0f, Float.NaN, Float.MAX_VALUE, 3, 4};
    for (long[] shape : new long[][] {{6}, {2, 3}, {1, 2, 3, 1}}) {
      Path file = folder.resolve("a.npy");
      Npy.write(file, values, shape);
      Npy read = Npy.read(file);
      assertThat(read.shape()).isEqualTo(shape);
      assertThat(read.floats()).isEqualTo(values);
      assertThat(Files.size(file) % 64).isEqualTo(24); // the data begin at a multiple of 64
    }
  }

  @Test
  void ints_everyWholeType_readsItsRange() {
    byte[] bytes = file("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }\n", 8);
    Arrays.fill(bytes, bytes.length - 8, bytes.length, (byte) 0x7F);
    assertThat(Npy.parse(bytes).ints()).containsExactly(-1); // does not fit an int: ignored
    bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", 2);
    bytes[bytes.length - 1] = (byte) 255;
    assertThat(Npy.parse(bytes).ints()).containsExactly(0, 255);
  }

  @Test
  void parse_wrongFiles_saysWhatIsWrong() {
    assertFails(new byte[3], "expected NumPy's .npy format, got another one");
    assertFails(
        file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", 8),
        "expected 3 elements of type f4, got 8 bytes; is the file truncated?");
    assertFails(
        file("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }\n", 8),
        "expected row-major order, got Fortran order; save np.ascontiguousarray(array)");
    assertFails(
        file("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }\n", 8),
        "expected little-endian numbers, got big-endian ones");
    assertFails(
        file("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999,9999999999), }\n", 8),
        "expected a shape that fits the file, got a larger one");
  }

  @Test
  void parse_absurdSizes_areRefused() {
    String larger = "expected a shape that fits the file, got a larger one";
    for (String sizes :
        List.of(
            "0, 9223372036854775807, 9223372036854775807",
            "9223372036854775807, 0, 2",
            "2000000000, 3, 0, 4",
            "4294967296, 4294967296",
            "3037000500, 3037000500, 2")) {
      assertFails(shaped(sizes, 0), larger);
    }
    assertFails(
        shaped("9".repeat(60_000), 0), "expected a shape, got (" + "9".repeat(117) + "...)");
    assertFails(
        shaped("-1, 3", 0),
        "expected a shape in the .npy header, got '{'descr': '<f4', 'fortran_order': False,"
            + " 'shape': (-1, 3), }'");
    assertFails(
        shaped("1,".repeat(65), 4),
        "expected at most 64 dimensions, got (" + "1,".repeat(58) + "1...)");
    assertFails(
        shaped(" ".repeat(70_000), 4), "expected a .npy header of at most 65536 bytes, got 70056");
    assertThat(Npy.parse(shaped("0, 3, 1000, 1000", 0)).floats()).isEmpty();
    assertThat(Npy.parse(shaped("", 4)).floats()).hasSize(1);
  }

  @Test
  void parse_absurdTypes_areRefused() {
    for (String type : List.of("f" + "4".repeat(60_000), "f", "f99", "f0", "O8", "")) {
      byte[] file =
          longFile("{'descr': '<" + type + "', 'fortran_order': False, 'shape': (1,), }\n", 4);
      assertThatThrownBy(() -> Npy.parse(file))
          .as(Excerpt.of(type))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("expected ");
    }
  }

  private static byte[] shaped(String sizes, int dataBytes) {
    return longFile(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }\n", dataBytes);
  }

  /** A file of version 2, whose header may have any length. */
  private static byte[] longFile(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(12 + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0})
        .putInt(text.length)
        .put(text)
        .array();
  }

  private static void assertFails(byte[] bytes, String message) {
    assertThatThrownBy(() -> Npy.parse(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void parse_damagedBytes_neverFailsOtherwise() {
    byte[] good = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n", 8);
    RandomGenerator random = RandomStreams.stream(1);
    int parsed = 0;
    for (int trial = 0; trial < 20_000; trial++) {
      byte[] bytes = Arrays.copyOf(good, random.nextInt(good.length + 1));
      for (int k = random.nextInt(4); k > 0 && bytes.length > 0; k--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        Npy.parse(bytes);
        parsed++;
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).startsWith("expected ");
      }
    }
    assertThat(parsed).isPositive();
  }
}

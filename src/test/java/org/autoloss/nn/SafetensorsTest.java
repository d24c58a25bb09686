package org.autoloss.nn;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private static final String ONE =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

  @TempDir private Path folder;

  @Test
  void read_written_isTheSameToTheLastBit() throws IOException {
    float[] odd = {
      -0f,
      Float.MIN_VALUE,
      Float.MAX_VALUE,
      Float.NEGATIVE_INFINITY,
      Float.intBitsToFloat(0x7fc12345)
    };
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("z.weight", TensorData.of(odd, 5));
    tensors.put("a.num_batches_tracked", TensorData.of(-7_000_000_000L));
    tensors.put("empty", TensorData.of(new float[0], 3, 0, 2));
    tensors.put("\u00fc \"quoted\"", TensorData.of(new float[600_000], 2, 3, 100_000));
    Map<String, String> metadata = Map.of("note", "line\nbreak \u2713");
    Path file = folder.resolve("new/net.safetensors");
    new StateDict(tensors, metadata).write(file);

    StateDict read = StateDict.read(file);
    assertThat(read.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
    assertThat(read.metadata()).isEqualTo(metadata);
    int[] bits = new int[5];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(odd[i]));
    float[] got = read.get("z.weight").floats();
    int[] gotBits = new int[5];
    Arrays.setAll(gotBits, i -> Float.floatToRawIntBits(got[i]));
    assertThat(gotBits).isEqualTo(bits);
    assertThat(read.get("a.num_batches_tracked").longs()).containsExactly(-7_000_000_000L);
    assertThat(read.get("a.num_batches_tracked").shape()).isEmpty();
    assertThat(read.get("empty").floats()).isEmpty();
    assertThat(read.get("\u00fc \"quoted\"").shape()).containsExactly(2, 3, 100_000);

    Path copy = folder.resolve("copy");
    read.write(copy);
    assertThat(copy).hasSameBinaryContentAs(file);
  }

  @Test
  void write_anyTensors_alignsTheirNumbers() throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("odd", TensorData.of(new float[3], 3));
    tensors.put("wide", TensorData.of(5));
    Path file = folder.resolve("a");
    new StateDict(tensors, Map.of()).write(file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong();
    assertThat(header % 8).isZero();
    assertThat(bytes.getLong(8 + header)).isEqualTo(5); // the wide one is first
    assertThat(new String(bytes.array(), 8, header, UTF_8))
        .startsWith(
            "{\"odd\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[8,20]},"
                + "\"wide\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}");
  }

  @Test
  void floats_everyType_areItsValues() throws IOException {
    // 1.5, -2, the smallest subnormal, infinity, NaN in float16; 1.5, -2, infinity in bfloat16
    assertValues(
        "F16", "003e00c00100007c007e", 1.5f, -2, 0x1p-24f, Float.POSITIVE_INFINITY, Float.NaN);
    assertValues("F16", "ff7bff030080", 65504, 0x1p-14f - 0x1p-24f, -0f);
    assertValues("BF16", "c03f00c0807f", 1.5f, -2, Float.POSITIVE_INFINITY);
    assertValues("F64", "000000000000f83f9a9999999999b93f", 1.5f, 0.1f);
    assertValues("I64", "feffffffffffffff", -2);
    assertValues("I32", "00000080", Integer.MIN_VALUE);
    assertValues("I16", "feff", -2);
    assertValues("I8", "fe", -2);
    assertValues("U8", "fe", 254);
    assertValues("BOOL", "0100", 1, 0);
  }

  private void assertValues(String type, String hex, float... expected) throws IOException {
    byte[] numbers = HexFormat.of().parseHex(hex);
    String header =
        "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(type, expected.length, numbers.length);
    TensorData tensor = StateDict.read(file(header, numbers)).get("a");
    assertThat(tensor.floats()).as(type).containsExactly(expected);
    if (tensor.type().isReal()) {
      assertThatThrownBy(tensor::longs).hasMessageEndingWith(": a: expected integers, got " + type);
    } else {
      assertThat(tensor.longs()[0]).isEqualTo((long) expected[0]);
    }
  }

  @Test
  void read_headerPaddedWithSpaces_isRead() throws IOException {
    assertThat(StateDict.read(file(ONE + "    ", new byte[8])).get("a").floats())
        .containsExactly(0, 0);
    assertThat(StateDict.read(file("{}", new byte[0])).tensors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{} {}",
        "{\"a\":1}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
        "{\"a\":{\"dtype\":\"F7\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[5,8]}}",
        "{\"__metadata__\":{\"a\":1}}",
        "{\"__metadata__\":[]}",
        "{\"a\":",
        "{\"a\\uD800\":{\"dtype\":\"F32\"}}"
      })
  void read_wrongHeader_namesTheFileInOneSentence(String header) throws IOException {
    Path file = file(header, new byte[8]);
    assertThatThrownBy(() -> StateDict.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + ": the file is damaged: ")
        .hasMessageEndingWith("; fetch or write it again")
        .hasMessageNotContaining("\n");
  }

  @Test
  void read_headerInOtherBytes_isRefused() throws IOException {
    byte[] header = "{\"\u00e9\":1}".getBytes(ISO_8859_1);
    Path file = file(header, new byte[0]);
    assertThatThrownBy(() -> StateDict.read(file))
        .hasMessageContaining("expected a header in UTF-8");
  }

  @Test
  void read_deepOrLongHeader_isRefused() throws IOException {
    Path deep = file("{\"a\":" + "[".repeat(100_000), new byte[0]);
    assertThatThrownBy(() -> StateDict.read(deep)).isInstanceOf(IllegalArgumentException.class);
    Path digits = file("{\"a\":" + "9".repeat(100_000) + "}", new byte[0]);
    assertThatThrownBy(() -> StateDict.read(digits)).isInstanceOf(IllegalArgumentException.class);
    Path claims = folder.resolve("claims");
    Files.write(claims, claim(90_000_000L, "{}".getBytes(UTF_8)));
    assertThatThrownBy(() -> StateDict.read(claims))
        .hasMessageContaining("expected a header of at most 16777216 bytes, got 90000000");
  }

  @Test
  void read_anyTruncation_isRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file(ONE, new byte[8]));
    Path file = folder.resolve("cut");
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> StateDict.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(file + ": ");
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertThatThrownBy(() -> StateDict.read(file))
        .hasMessageContaining("expected 8 bytes of tensors, as the header says, got 9");
  }

  @Test
  void floats_fileThatBecameShorter_saysSo() throws IOException {
    Path file = file(ONE, new byte[8]);
    StateDict state = StateDict.read(file);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), ONE.length() + 12));
    assertThatThrownBy(() -> state.get("a").floats())
        .hasMessage(file + ": a: the file became shorter while it was read; read it again");
  }

  @Test
  void read_fileOfFiveGigabytes_readsWhatIsAskedFor() throws IOException {
    long large = 5L << 30;
    String header =
        ("{\"large\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]},"
                + "\"bytes\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[%d,%d]}}")
            .formatted(large / 4, large, large, large + 8, large, large + 8, 2 * large + 8);
    Path file = file(header, new byte[0]);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(8 + header.length() + 2 * large + 8); // sparse
      out.seek(8 + header.length() + large);
      out.write(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40});
    }
    StateDict state = StateDict.read(file);
    assertThat(state.get("a").floats()).containsExactly(1, 2);
    assertThat(state.get("large").bytes()).isEqualTo(large);
    assertThatThrownBy(() -> state.get("bytes").floats())
        .hasMessage(file + ": bytes: expected less than 2^31 values in a tensor, got " + large);
  }

  @Test
  void get_unknownName_throws() {
    assertThatThrownBy(() -> new StateDict(Map.of(), Map.of()).get("a"))
        .hasMessage("expected a tensor a, got none");
  }

  @Test
  void of_otherNumberOfValues_throws() {
    assertThatThrownBy(() -> TensorData.of(new float[3], 2, 2))
        .hasMessage("values: expected as many as the shape [2, 2] has, got 3");
  }

  private Path file(String header, byte[] numbers) throws IOException {
    return file(header.getBytes(UTF_8), numbers);
  }

  private Path file(byte[] header, byte[] numbers) throws IOException {
    Path file = Files.createTempFile(folder, "t", ".safetensors");
    byte[] whole = Arrays.copyOf(claim(header.length, header), 8 + header.length + numbers.length);
    System.arraycopy(numbers, 0, whole, 8 + header.length, numbers.length);
    return Files.write(file, whole);
  }

  private static byte[] claim(long length, byte[] header) {
    return ByteBuffer.allocate(8 + header.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .array();
  }
}

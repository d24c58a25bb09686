package org.autoloss.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that torch 1.13 wrote ({@code src/test/resources/pth}), and pickles made byte by byte that
 * no PyTorch would write.
 */
class PyTorchFileTest {
  private static final Path WRITTEN = Path.of("src/test/resources/pth");
  private static final String FLOATS = "ctorch\nFloatStorage\n";

  @TempDir private Path folder;

  /** A pickle, operation by operation. */
  private static final class Program {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Program() {
      raw(0x80, 2);
    }

    Program raw(int... operations) {
      for (int operation : operations) {
        bytes.write(operation);
      }
      return this;
    }

    Program raw(String text) {
      bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
      return this;
    }

    Program text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      raw('X').integer(utf8.length);
      bytes.writeBytes(utf8);
      return this;
    }

    Program whole(int value) {
      return raw('J').integer(value);
    }

    Program integer(int value) {
      bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
      return this;
    }

    /** A tensor of two sizes on storage 0 of six floats. */
    Program tensor(String name, int offset, int rows, int columns, int down, int right) {
      text(name).raw("ctorch._utils\n_rebuild_tensor_v2\n").raw('(');
      raw('(').text("storage").raw(FLOATS).text("0").text("cpu").whole(6).raw('t', 'Q');
      whole(offset).whole(rows).whole(columns).raw(0x86).whole(down).whole(right).raw(0x86);
      return raw(0x89).raw("ccollections\nOrderedDict\n").raw(')', 'R', 't', 'R', 's');
    }

    byte[] end() {
      return raw('.').bytes.toByteArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip.pth", "legacy.pth"})
  void read_writtenByTorch_hasItsValues(String name) throws IOException {
    StateDict state = StateDict.read(WRITTEN.resolve(name));
    JsonNode expected = json("expected.json");
    assertThat(state.tensors()).hasSize(expected.size());
    for (Map.Entry<String, JsonNode> each : expected.properties()) {
      TensorData tensor = state.get(each.getKey());
      assertThat(tensor.shape()).as(each.getKey()).containsExactly(longs(each.getValue()));
      JsonNode values = each.getValue().path("values");
      double[] got = numbers(tensor);
      assertThat(got).as(each.getKey()).hasSize(values.size());
      for (int i = 0; i < got.length; i++) {
        double value = values.get(i).asDouble();
        assertThat(got[i])
            .as(each.getKey())
            .isEqualTo(tensor.type().isReal() ? (float) value : value);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"checkpoint.pth", "checkpoint-legacy.pth"})
  void read_checkpointOfATraining_isItsStateDict(String name) throws IOException {
    StateDict state = StateDict.read(WRITTEN.resolve(name));
    JsonNode expected = json("checkpoint.json");
    assertThat(state.tensors()).hasSize(expected.size());
    for (Map.Entry<String, JsonNode> each : expected.properties()) {
      double[] got = numbers(state.get("module." + each.getKey()));
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).isEqualTo((float) each.getValue().get(i).asDouble());
      }
    }
  }

  @Test
  void read_noStateDict_saysWhatToDo() {
    refuse(
        WRITTEN.resolve("module.pth"),
        "expected a state_dict, got an object of torch.nn.modules.container.Sequential; in Python,"
            + " save its state_dict()");
    refuse(
        WRITTEN.resolve("tensor.pth"),
        "expected a state_dict, got a tensor alone; in Python, save its state_dict()");
  }

  @Test
  void read_handmade_isRead() throws IOException {
    byte[] program = new Program().raw('}').tensor("w", 1, 2, 2, 3, 1).end();
    StateDict state = StateDict.read(archive(program, 6));
    assertThat(state.get("w").floats()).containsExactly(1, 2, 4, 5);
  }

  @Test
  void read_callsOfOtherFunctions_areNeverRun() throws IOException {
    Path trace = folder.resolve("trace");
    Program program = new Program().raw('}').tensor("w", 0, 1, 6, 6, 1).text("evil");
    program.raw("cposix\nsystem\n").text("touch " + trace).raw(0x85, 'R', 's');
    program.text("worse").raw("cbuiltins\neval\n").text("1/0").raw(0x85, 0x81, 's');
    assertThat(StateDict.read(archive(program.end(), 6)).tensors()).containsOnlyKeys("w");
    assertThat(trace).doesNotExist();
    refuse(
        archive(new Program().raw("cos\nsystem\n").text("ls").raw(0x85, 'R').end(), 6),
        "expected a state_dict, got an object of os.system; in Python, save its state_dict()");
  }

  @ParameterizedTest
  @CsvSource({
    "0,2,4,3,1,8 as far as number 6", // more numbers than there are
    "5,1,2,2,1,2 as far as number 6", // past the end
    "0,2000000,2000000,0,0,4000000000000 as far as number 0" // one value without end
  })
  void read_tensorBeyondItsStorage_throws(
      int offset, int rows, int columns, int down, int right, String got) throws IOException {
    byte[] program = new Program().raw('}').tensor("w", offset, rows, columns, down, right).end();
    refuse(archive(program, 6), "expected tensors within their storage of 6 numbers, got " + got);
  }

  @Test
  void read_storageShorterThanItSays_throws() throws IOException {
    byte[] program = new Program().raw('}').tensor("w", 0, 2, 3, 3, 1).end();
    refuse(archive(program, 5), "storage 0: expected 6 numbers, got 5");
    refuse(archive(program, -1), "expected the numbers of storage 0, got none");
  }

  @Test
  void read_bigEndian_throws() throws IOException {
    byte[] program = new Program().raw('}').tensor("w", 0, 2, 3, 3, 1).end();
    Path file = folder.resolve("big.pth");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      store(out, "a/data.pkl", program, ZipEntry.STORED);
      store(out, "a/byteorder", "big".getBytes(StandardCharsets.US_ASCII), ZipEntry.STORED);
    }
    refuse(file, "expected numbers of little-endian machines, got others");
  }

  @Test
  void read_compressed_throws() throws IOException {
    byte[] program = new Program().raw('}').tensor("w", 0, 2, 3, 3, 1).end();
    Path file = folder.resolve("compressed.pth");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      store(out, "a/data.pkl", program, ZipEntry.STORED);
      store(out, "a/data/0", new byte[24], ZipEntry.DEFLATED);
    }
    refuse(file, "expected an archive without compression");
  }

  @Test
  void read_deepPickle_isRefusedWithoutRecursion() throws IOException {
    Program program = new Program();
    for (int i = 0; i < 1_000_000; i++) {
      program.raw(']');
    }
    for (int i = 0; i < 999_999; i++) {
      program.raw('a');
    }
    refuse(
        archive(program.end(), 6),
        "expected a state_dict, got another value; in Python, save its state_dict()");
    program = new Program().raw(')');
    for (int i = 0; i < 1_000_000; i++) {
      program.raw(0x85);
    }
    refuse(
        archive(program.text("v").raw(0x86, 'Q').end(), 6),
        "expected a state_dict, got an object of torch.Storage; in Python, save its state_dict()");
  }

  @Test
  void read_pickleInItself_isRefused() throws IOException {
    // a dictionary that is its own value, and twice as many tuples with each operation
    Program program = new Program().raw('}', 'q', 0).text("state_dict").raw('h', 0, 's');
    refuse(
        archive(program.end(), 6),
        "expected a state_dict of tensors by name, got a dictionary of state_dict");
    program = new Program().raw(')');
    for (int i = 0; i < 100; i++) {
      program.raw('2', 0x86);
    }
    refuse(archive(program.raw('N', 'd').end(), 6), "its pickle has no mark where it needs one");
  }

  @Test
  void read_endlessPickle_isStopped() throws IOException {
    Program program = new Program();
    for (int i = 0; i < 3_000_000; i++) {
      program.raw('N', '0');
    }
    refuse(archive(program.end(), 6), "expected a pickle of at most 4194304 operations, got more");
  }

  @Test
  void read_longString_isRefused() throws IOException {
    byte[] program = new Program().raw('X').integer(Integer.MAX_VALUE).end();
    refuse(archive(program, 6), "it ends within its pickle");
    program = new Program().raw(0x8d).integer(-1).integer(-1).end();
    refuse(archive(program, 6), "it ends within its pickle");
  }

  @Test
  void read_operationsThatTorchDoesNotWrite_areNamed() throws IOException {
    refuse(
        archive(new Program().raw('i').end(), 6),
        "expected a pickle as PyTorch writes it, got the operation 105");
    refuse(
        archive(new Program().raw(0x80, 9).end(), 6),
        "expected a pickle of protocol 5 or older, got 9");
  }

  @Test
  void read_zipOfOtherThings_throws() throws IOException {
    Path file = folder.resolve("other.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      store(out, "readme.txt", new byte[3], ZipEntry.DEFLATED);
    }
    refuse(file, "expected an archive that PyTorch's torch.save wrote, got one without data.pkl");
  }

  @Test
  void read_otherPickle_throws() throws IOException {
    Path file = folder.resolve("other.pkl");
    Files.write(file, new Program().text("magic").raw('.', 0x80, 2).whole(3).end());
    refuse(file, "expected what PyTorch's torch.save writes, got another pickle");
  }

  @Test
  void read_cutLegacyFile_throws() throws IOException {
    byte[] whole = Files.readAllBytes(WRITTEN.resolve("legacy.pth"));
    Path file = folder.resolve("cut.pth");
    Files.write(file, Arrays.copyOf(whole, whole.length - 9));
    assertThatThrownBy(() -> StateDict.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + ": it cannot be read as weights: it ends");
  }

  private void refuse(Path file, String reason) {
    assertThatThrownBy(() -> StateDict.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(file + ": it cannot be read as weights: " + reason);
  }

  /** An archive as PyTorch writes it, with storage 0 of some floats, or without. */
  private Path archive(byte[] program, int floats) throws IOException {
    Path file = folder.resolve("made.pth");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      store(out, "made/data.pkl", program, ZipEntry.STORED);
      if (floats >= 0) {
        ByteBuffer numbers = ByteBuffer.allocate(4 * floats).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < floats; i++) {
          numbers.putFloat(i);
        }
        store(out, "made/data/0", numbers.array(), ZipEntry.STORED);
      }
    }
    return file;
  }

  private static void store(ZipOutputStream out, String name, byte[] bytes, int method)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setMethod(method);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  private static JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(Files.readAllBytes(WRITTEN.resolve(name)));
  }

  private static long[] longs(JsonNode entry) {
    JsonNode shape = entry.path("shape");
    long[] sizes = new long[shape.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.get(i).asLong();
    }
    return sizes;
  }

  private static double[] numbers(TensorData tensor) throws IOException {
    if (!tensor.type().isReal()) {
      return Arrays.stream(tensor.longs()).mapToDouble(value -> value).toArray();
    }
    float[] floats = tensor.floats();
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }
}

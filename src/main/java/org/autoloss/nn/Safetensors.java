package org.autoloss.nn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.FileKind;
import org.autoloss.internal.Json;

/**
 * Safetensors files (github.com/huggingface/safetensors), as its own reader takes them: tensors
 * fill the file without holes and without overlaps, and no name is there twice.
 */
final class Safetensors {
  private static final String METADATA = "__metadata__";
  private static final int ALIGNMENT = 8;
  // The format allows 100 MB. A header of this size has a hundred thousand tensors.
  private static final int LONGEST_HEADER = 16 << 20;

  private Safetensors() {}

  /** A tensor's numbers in a file, from its first byte to before the last. */
  private record Range(String name, long begin, long end) {}

  static StateDict read(Path file) throws IOException {
    String kind = FileKind.of(file);
    if (!kind.equals(FileKind.SAFETENSORS)) {
      throw new IllegalArgumentException(
          file + ": expected weights, a safetensors file or one of PyTorch, got " + kind);
    }
    try (FileChannel in = FileChannel.open(file)) {
      return parse(file, in.size(), header(in));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file + ": the file is damaged: " + e.getMessage() + "; fetch or write it again", e);
    }
  }

  private static ByteBuffer header(FileChannel in) throws IOException {
    long length = fill(in, ByteBuffer.allocate(Long.BYTES)).getLong();
    if (length > LONGEST_HEADER) {
      throw new IllegalArgumentException(
          "expected a header of at most " + LONGEST_HEADER + " bytes, got " + length);
    }
    if (length > in.size() - Long.BYTES) {
      throw new IllegalArgumentException(
          "expected a header of " + length + " bytes, got " + (in.size() - Long.BYTES));
    }
    return fill(in, ByteBuffer.allocate((int) length));
  }

  private static ByteBuffer fill(FileChannel in, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (in.read(buffer) < 0) {
        throw new IllegalArgumentException("it ends within its header");
      }
    }
    return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static StateDict parse(Path file, long size, ByteBuffer header) throws IOException {
    long start = Long.BYTES + header.remaining();
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Range> ranges = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : json(header).properties()) {
      if (entry.getKey().equals(METADATA)) {
        metadata(entry.getValue()).forEach(metadata::put);
      } else {
        String name = Excerpt.of(entry.getKey());
        Entry tensor = Entry.of(name, entry.getValue());
        ranges.add(new Range(name, tensor.begin(), tensor.end()));
        String place = file + ": " + name;
        long begin = start + tensor.begin();
        tensors.put(
            entry.getKey(),
            TensorData.stored(
                tensor.type(),
                tensor.shape(),
                place,
                () -> FileChannel.open(file).position(begin)));
      }
    }
    requireFilled(ranges, size - start);
    return new StateDict(tensors, metadata);
  }

  private static ObjectNode json(ByteBuffer header) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(header).toString();
      if (text.startsWith("{") && Json.MAPPER.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException("expected a JSON object for its header");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected JSON for its header, got " + Json.reason(e), e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("expected a header in UTF-8, got other bytes", e);
    }
  }

  private static Map<String, String> metadata(JsonNode node) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (!node.isObject()) {
      throw new IllegalArgumentException(METADATA + ": expected a JSON object");
    }
    for (Map.Entry<String, JsonNode> text : node.properties()) {
      if (!text.getValue().isTextual()) {
        throw new IllegalArgumentException(
            METADATA + ": expected texts, got another value for " + Excerpt.of(text.getKey()));
      }
      metadata.put(text.getKey(), text.getValue().textValue());
    }
    return metadata;
  }

  private static void requireFilled(List<Range> ranges, long size) {
    ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
    long at = 0;
    for (Range range : ranges) {
      if (range.begin() != at) {
        throw new IllegalArgumentException(
            range.name() + ": expected it at byte " + at + ", got " + range.begin());
      }
      at = range.end();
    }
    if (at != size) {
      throw new IllegalArgumentException(
          "expected " + at + " bytes of tensors, as the header says, got " + size);
    }
  }

  static void write(Path file, StateDict state) throws IOException {
    byte[] header = header(state);
    AtomicFiles.write(
        file,
        raw -> {
          OutputStream out = new BufferedOutputStream(raw);
          out.write(
              ByteBuffer.allocate(Long.BYTES)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putLong(header.length)
                  .array());
          out.write(header);
          for (TensorData tensor : inFile(state).values()) {
            tensor.writeTo(out);
          }
          out.flush();
        });
  }

  private static byte[] header(StateDict state) {
    Map<String, Long> begins = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, TensorData> tensor : inFile(state).entrySet()) {
      begins.put(tensor.getKey(), at);
      at = Math.addExact(at, tensor.getValue().bytes());
    }
    ObjectNode header = Json.MAPPER.createObjectNode();
    if (!state.metadata().isEmpty()) {
      state.metadata().forEach(header.putObject(METADATA)::put);
    }
    state
        .tensors()
        .forEach(
            (name, tensor) -> {
              ObjectNode entry = header.putObject(name).put("dtype", tensor.type().name());
              ArrayNode shape = entry.putArray("shape");
              for (long extent : tensor.shape()) {
                shape.add(extent);
              }
              long begin = begins.get(name);
              entry.putArray("data_offsets").add(begin).add(begin + tensor.bytes());
            });
    String text = header.toString();
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    return (text + " ".repeat(-length & ALIGNMENT - 1)).getBytes(StandardCharsets.UTF_8);
  }

  // Wide numbers first: then each tensor begins at a multiple of its numbers' size.
  private static Map<String, TensorData> inFile(StateDict state) {
    Map<String, TensorData> sorted = new LinkedHashMap<>();
    state.tensors().entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> -entry.getValue().type().bytes()))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  /** What a header says of a tensor. */
  private record Entry(DataType type, long[] shape, long begin, long end) {
    static Entry of(String name, JsonNode node) {
      if (!node.isObject() || node.size() != 3) {
        throw new IllegalArgumentException(name + ": expected dtype, shape and data_offsets");
      }
      String dtype = node.path("dtype").asText();
      DataType type =
          DataType.of(dtype)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          name
                              + ": expected a dtype such as F32 or F16, got '"
                              + Excerpt.of(dtype)
                              + "'"));
      long[] shape = wholes(name + ": shape", node.path("shape"));
      long[] offsets = wholes(name + ": data_offsets", node.path("data_offsets"));
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw new IllegalArgumentException(name + ": data_offsets: expected begin and end");
      }
      long bytes = bytes(name, type, shape);
      if (offsets[1] - offsets[0] != bytes) {
        throw new IllegalArgumentException(
            name
                + ": expected "
                + bytes
                + " bytes, as type and shape say, got "
                + (offsets[1] - offsets[0]));
      }
      return new Entry(type, shape, offsets[0], offsets[1]);
    }

    private static long bytes(String name, DataType type, long[] shape) {
      try {
        return Math.multiplyExact(TensorData.count(shape), type.bytes());
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(name + ": shape: expected less than 2^63 bytes", e);
      }
    }

    private static long[] wholes(String name, JsonNode node) {
      if (!node.isArray()) {
        throw new IllegalArgumentException(name + ": expected a list of whole numbers");
      }
      long[] numbers = new long[node.size()];
      for (int i = 0; i < numbers.length; i++) {
        JsonNode number = node.get(i);
        if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
          throw new IllegalArgumentException(
              name + ": expected whole numbers of 0 or more, got another value");
        }
        numbers[i] = number.longValue();
      }
      return numbers;
    }
  }
}

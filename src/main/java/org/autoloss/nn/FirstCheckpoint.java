package org.autoloss.nn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;

/**
 * Checkpoints of version 1, which are read and no longer written.
 *
 * <p>The file: eight bytes {@code ALCKPT\r\n}, then little-endian the format's version (int32), the
 * length of a UTF-8 JSON header (int32), the header, all parameters and all buffers as float32 in
 * the order in which the network declares them, and the CRC-32C of all that (int32). The header
 * holds the network's kind, width and classes, both arrays' lengths, and the notes.
 */
final class FirstCheckpoint {
  private static final int MAGIC = 8;
  private static final int VERSION = 1;
  private static final int LARGEST = Integer.MAX_VALUE - 8; // the longest array

  private FirstCheckpoint() {}

  static Checkpoint read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IllegalArgumentException(
          file + ": expected a checkpoint of less than 2 GiB, got a larger file; train it again");
    }
    byte[] bytes = Files.readAllBytes(file);
    try {
      return decode(bytes).load();
    } catch (BufferUnderflowException | JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": the checkpoint is damaged; train it again", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static Checkpoint decode(byte[] bytes) throws JsonProcessingException {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int version = in.position(MAGIC).getInt();
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "expected checkpoint version " + VERSION + ", got " + version + "; use a newer AutoLoss");
    }
    int body = bytes.length - Integer.BYTES;
    if (body < in.position() || checksum(bytes, body) != in.getInt(body)) {
      throw new IllegalArgumentException(
          "the checkpoint is damaged (its checksum differs); train it again");
    }
    JsonNode header = header(in);
    NetworkSpec spec =
        new NetworkSpec(
            Excerpt.of(header.path("kind").asText()) + ":width=" + header.path("width").asInt(),
            header.path("classes").asInt());
    Map<String, String> notes = new TreeMap<>();
    header
        .path("notes")
        .properties()
        .forEach(note -> notes.put(note.getKey(), note.getValue().asText()));
    float[] parameters = floats(in, header.path("parameters").asInt(-1));
    float[] buffers = floats(in, header.path("statistics").asInt(-1));
    if (in.position() != body) {
      throw new BufferUnderflowException();
    }
    return new Checkpoint(spec, state(spec.declare().scope(), parameters, buffers), notes);
  }

  private static JsonNode header(ByteBuffer in) throws JsonProcessingException {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] text = new byte[length];
    in.get(text);
    return Json.MAPPER.readTree(new String(text, StandardCharsets.UTF_8));
  }

  /** Gives the values the names that the network declares. */
  private static StateDict state(Scope declared, float[] parameters, float[] buffers) {
    requireCount("parameters", declared.trainedCount(), parameters);
    requireCount("statistics", declared.bufferCount(), buffers);
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (Scope.Entry entry : declared.entries().values()) {
      if (entry instanceof Parameter parameter) {
        float[] source = parameter.trained() ? parameters : buffers;
        tensors.put(entry.name(), part(parameter, source));
      } else {
        tensors.put(entry.name(), TensorData.of(0)); // version 1 did not keep the counters
      }
    }
    return new StateDict(tensors, Map.of());
  }

  private static TensorData part(Parameter parameter, float[] source) {
    int begin = parameter.offset();
    float[] values = Arrays.copyOfRange(source, begin, begin + parameter.count());
    return TensorData.of(values, parameter.shape());
  }

  private static void requireCount(String name, int expected, float[] values) {
    if (expected != values.length) {
      throw new IllegalArgumentException(
          name + ": expected " + expected + " values, got " + values.length);
    }
  }

  private static float[] floats(ByteBuffer in, int count) {
    if (count < 0 || count > in.remaining() / Float.BYTES) {
      throw new BufferUnderflowException();
    }
    float[] values = new float[count];
    in.asFloatBuffer().get(values);
    in.position(in.position() + Float.BYTES * count);
    return values;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}

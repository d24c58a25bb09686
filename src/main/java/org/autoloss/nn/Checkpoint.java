package org.autoloss.nn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.autoloss.internal.AtomicFiles;
import org.autoloss.internal.FileKind;
import org.autoloss.internal.Json;

/**
 * A network's weights at rest.
 *
 * <p>The file: eight bytes {@code ALCKPT\r\n}, then little-endian the format's version (int32), the
 * length of a UTF-8 JSON header (int32), the header, the parameters and the statistics as float32,
 * and the CRC-32C of all that (int32). The header holds the network's kind, width and classes, both
 * arrays' lengths, and the notes. It is data only: reading a stranger's checkpoint runs no code.
 *
 * @param spec which network
 * @param parameters its weights, in the order of its layers; not copied, not to be modified
 * @param statistics its running means and variances; not copied, not to be modified
 * @param notes what else there is to know: how it was trained, normalisation, names of classes
 */
public record Checkpoint(
    NetworkSpec spec, float[] parameters, float[] statistics, Map<String, String> notes) {
  private static final byte[] MAGIC = "ALCKPT\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int LARGEST = Integer.MAX_VALUE - 8; // the longest array

  /** Copies the notes. */
  public Checkpoint {
    notes = Collections.unmodifiableMap(new TreeMap<>(notes));
  }

  /**
   * The same weights with other notes.
   *
   * @param replacement the notes
   * @return a new checkpoint sharing this one's arrays
   */
  public Checkpoint withNotes(Map<String, String> replacement) {
    return new Checkpoint(spec, parameters, statistics, replacement);
  }

  /**
   * What the weights take.
   *
   * @return bytes
   */
  public long bytes() {
    return (long) Float.BYTES * (parameters.length + statistics.length);
  }

  /**
   * Writes the file, whole or not at all: a crash leaves what was there before.
   *
   * @param file where to; replaced if it exists
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    byte[] header = header().toString().getBytes(StandardCharsets.UTF_8);
    int floats = Math.addExact(parameters.length, statistics.length);
    int size =
        Math.addExact(MAGIC.length + 12 + header.length, Math.multiplyExact(Float.BYTES, floats));
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).putInt(VERSION).putInt(header.length).put(header);
    for (float[] array : new float[][] {parameters, statistics}) {
      out.asFloatBuffer().put(array);
      out.position(out.position() + Float.BYTES * array.length);
    }
    out.putInt(checksum(out.array(), out.position()));
    AtomicFiles.write(file, out.array());
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @param file where from
   * @return the checkpoint, of finite weights
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if there is no checkpoint, it is damaged, of a newer version,
   *     or holds a weight that is NaN or infinite; the message names the file
   */
  public static Checkpoint read(Path file) throws IOException {
    byte[] bytes = bytes(file);
    try {
      return decode(bytes);
    } catch (BufferUnderflowException | JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": the checkpoint is damaged; train it again", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  // What is no checkpoint is not read, however large it is.
  private static byte[] bytes(Path file) throws IOException {
    String kind = FileKind.of(file);
    if (!kind.equals(FileKind.CHECKPOINT)) {
      throw new IllegalArgumentException(
          file
              + ": expected a checkpoint, got "
              + kind
              + "; give a file that autoloss train wrote");
    }
    if (Files.size(file) > LARGEST) {
      throw new IllegalArgumentException(
          file + ": expected a checkpoint of less than 2 GiB, got a larger file; train it again");
    }
    return Files.readAllBytes(file);
  }

  private ObjectNode header() {
    ObjectNode header = Json.MAPPER.createObjectNode();
    header
        .put("kind", spec.kind().label())
        .put("width", spec.width())
        .put("classes", spec.classes())
        .put("parameters", parameters.length)
        .put("statistics", statistics.length);
    ObjectNode noted = header.putObject("notes");
    notes.forEach(noted::put);
    return header;
  }

  private static Checkpoint decode(byte[] bytes) throws JsonProcessingException {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int version = in.position(MAGIC.length).getInt();
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "expected checkpoint version " + VERSION + ", got " + version + "; use a newer AutoLoss");
    }
    int body = bytes.length - Integer.BYTES;
    if (body < in.position() || checksum(bytes, body) != in.getInt(body)) {
      throw new IllegalArgumentException(
          "the checkpoint is damaged (its checksum differs); train it again");
    }
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] text = new byte[length];
    in.get(text);
    JsonNode header = Json.MAPPER.readTree(new String(text, StandardCharsets.UTF_8));
    NetworkSpec spec =
        new NetworkSpec(
            NetworkSpec.Kind.of(header.path("kind").asText()),
            header.path("width").asInt(),
            header.path("classes").asInt());
    Map<String, String> notes = new TreeMap<>();
    header
        .path("notes")
        .properties()
        .forEach(note -> notes.put(note.getKey(), note.getValue().asText()));
    float[] parameters = floats(in, header.path("parameters").asInt(-1));
    float[] statistics = floats(in, header.path("statistics").asInt(-1));
    if (in.position() != body) {
      throw new BufferUnderflowException();
    }
    Scope declared = spec.declare().scope();
    declared.require(parameters, statistics);
    declared.requireFinite(parameters, statistics);
    return new Checkpoint(spec, parameters, statistics, notes);
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

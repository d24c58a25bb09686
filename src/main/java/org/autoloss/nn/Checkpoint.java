package org.autoloss.nn;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.FileKind;

/**
 * A network's weights at rest: named tensors, which network they belong to, and notes.
 *
 * <p>The file is safetensors, so that PyTorch and others read the weights, with texts in its {@code
 * __metadata__}: the notes, {@code autoloss.version}, {@code autoloss.network}, {@code
 * autoloss.classes}, and {@code autoloss.crc32c}, a checksum of all the others and of the tensors.
 * It is data only: reading a stranger's checkpoint runs no code.
 *
 * @param spec which network
 * @param state its parameters, buffers and counters, by the names of PyTorch's state_dict
 * @param notes what else there is to know: how it was trained, normalisation, names of classes
 */
public record Checkpoint(NetworkSpec spec, StateDict state, Map<String, String> notes) {
  private static final String OURS = "autoloss.";
  private static final String VERSION = OURS + "version";
  private static final String NETWORK = OURS + "network";
  private static final String CLASSES = OURS + "classes";
  private static final String CHECKSUM = OURS + "crc32c";
  private static final String FORMAT = "format"; // what other readers of safetensors look for
  private static final String CURRENT = "2";

  /**
   * Copies the notes.
   *
   * @throws IllegalArgumentException if a note has a name that the file needs itself
   */
  public Checkpoint {
    notes = Collections.unmodifiableMap(new TreeMap<>(notes));
    for (String name : notes.keySet()) {
      if (isReserved(name)) {
        throw new IllegalArgumentException(
            "notes: expected names other than " + FORMAT + " and " + OURS + "..., got " + name);
      }
    }
    state = state.withMetadata(Map.of());
  }

  /**
   * The same weights with other notes.
   *
   * @param replacement the notes
   * @return a new checkpoint sharing this one's tensors
   */
  public Checkpoint withNotes(Map<String, String> replacement) {
    return new Checkpoint(spec, state, replacement);
  }

  /**
   * What the weights take.
   *
   * @return bytes
   */
  public long bytes() {
    return state.tensors().values().stream().mapToLong(TensorData::bytes).sum();
  }

  /**
   * Writes the file, whole or not at all: a crash leaves what was there before.
   *
   * @param file where to; replaced if it exists
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT, "pt");
    metadata.put(VERSION, CURRENT);
    metadata.put(NETWORK, spec.text());
    metadata.put(CLASSES, Integer.toString(spec.classes()));
    metadata.putAll(notes);
    metadata.put(CHECKSUM, checksum(state.withMetadata(metadata)));
    state.withMetadata(metadata).write(file);
  }

  /**
   * Whether a file is a checkpoint of AutoLoss, and not weights of others.
   *
   * @param file any path
   * @return whether {@link #read} would try to read it
   * @throws IOException if the file cannot be read
   */
  public static boolean isCheckpoint(Path file) throws IOException {
    return switch (FileKind.of(file)) {
      case FileKind.CHECKPOINT -> true;
      case FileKind.SAFETENSORS -> StateDict.read(file).metadata().containsKey(VERSION);
      default -> false;
    };
  }

  /**
   * Reads a file that {@link #write} wrote, or one of version 1, which was no safetensors file.
   *
   * @param file where from; no longer needed afterwards
   * @return the checkpoint, of finite weights
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if there is no checkpoint, it is damaged, of a newer version,
   *     does not fit its network, or holds a weight that is NaN or infinite; the message names the
   *     file
   */
  public static Checkpoint read(Path file) throws IOException {
    String kind = FileKind.of(file);
    if (kind.equals(FileKind.CHECKPOINT)) {
      return FirstCheckpoint.read(file);
    }
    if (kind.equals(FileKind.SAFETENSORS)) {
      StateDict stored = StateDict.read(file);
      if (stored.metadata().containsKey(VERSION)) {
        return decode(file, stored);
      }
    }
    throw new IllegalArgumentException(
        file + ": expected a checkpoint, got " + kind + "; give a file that autoloss train wrote");
  }

  private static Checkpoint decode(Path file, StateDict stored) throws IOException {
    try {
      Map<String, String> metadata = stored.metadata();
      if (!metadata.get(VERSION).equals(CURRENT)) {
        throw new IllegalArgumentException(
            "expected checkpoint version "
                + CURRENT
                + ", got "
                + Excerpt.of(metadata.get(VERSION))
                + "; use a newer AutoLoss");
      }
      if (!checksum(stored).equals(metadata.get(CHECKSUM))) {
        throw new IllegalArgumentException(
            "the checkpoint is damaged (its checksum differs); train it again");
      }
      NetworkSpec spec = new NetworkSpec(metadata.getOrDefault(NETWORK, ""), classes(metadata));
      Map<String, String> notes = new TreeMap<>(metadata);
      notes.keySet().removeIf(Checkpoint::isReserved);
      return new Checkpoint(spec, stored, notes).load();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** Checks all values, and takes them into memory, so that the file may change. */
  Checkpoint load() throws IOException {
    if (Networks.isKnown(spec.name())) {
      spec.declare().scope().require(state, spec); // before memory is taken
    }
    Map<String, TensorData> loaded = new LinkedHashMap<>();
    for (Map.Entry<String, TensorData> tensor : state.tensors().entrySet()) {
      loaded.put(tensor.getKey(), tensor.getValue().load());
      requireFinite(tensor.getKey(), loaded.get(tensor.getKey()));
    }
    return new Checkpoint(spec, new StateDict(loaded, Map.of()), notes);
  }

  private static void requireFinite(String name, TensorData tensor) throws IOException {
    if (!tensor.type().isReal()) {
      return;
    }
    for (float value : tensor.floats()) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "expected finite weights, got "
                + value
                + " in "
                + Excerpt.of(name)
                + "; train it again, with a smaller learning rate");
      }
    }
  }

  private static int classes(Map<String, String> metadata) {
    String text = metadata.getOrDefault(CLASSES, "");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          CLASSES + ": expected a whole number, got '" + Excerpt.of(text) + "'", e);
    }
  }

  private static boolean isReserved(String name) {
    return name.equals(FORMAT) || name.startsWith(OURS);
  }

  /** Of what the file says, not of how it is laid out. */
  private static String checksum(StateDict stored) throws IOException {
    CheckedOutputStream out =
        new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32C());
    for (Map.Entry<String, String> text : new TreeMap<>(stored.metadata()).entrySet()) {
      if (!text.getKey().equals(CHECKSUM)) {
        write(out, text.getKey() + "\0" + text.getValue() + "\0");
      }
    }
    for (Map.Entry<String, TensorData> tensor : new TreeMap<>(stored.tensors()).entrySet()) {
      TensorData data = tensor.getValue();
      write(out, tensor.getKey() + "\0" + data.type() + Arrays.toString(data.shape()));
      data.writeTo(out);
    }
    return HexFormat.of().toHexDigits((int) out.getChecksum().getValue());
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}

package org.autoloss.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.autoloss.internal.Excerpt;
import org.autoloss.nn.StateDict;
import org.autoloss.nn.TensorData;

/**
 * A training between two steps: all that the steps to come depend on.
 *
 * <p>The file is safetensors: the model's tensors under {@code model.}, the optimiser's under
 * {@code optimiser.}, and texts in its metadata, among them a checksum of everything.
 *
 * @param step the next one, from 1
 * @param firstLoss of the first batch
 * @param tail the sum of the last losses so far
 * @param model as {@link Model#state} gave it
 * @param optimiser as {@link Optimiser#state} gave it
 * @param notes what a listener keeps
 */
record Snapshot(
    int step, double firstLoss, double tail, StateDict model, StateDict optimiser, String notes) {
  private static final String PREFIX = "autoloss.";
  private static final String VERSION = PREFIX + "snapshot";
  private static final String RECIPE = PREFIX + "recipe";
  private static final String STEP = PREFIX + "step";
  private static final String FIRST = PREFIX + "first_loss";
  private static final String TAIL = PREFIX + "tail";
  private static final String NOTES = PREFIX + "notes";
  private static final String CHECKSUM = PREFIX + "crc32c";
  private static final String MODEL = "model.";
  private static final String OPTIMISER = "optimiser.";

  /** Writes the file, whole or not at all. */
  void write(Path file, String recipe) throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    model.tensors().forEach((name, tensor) -> tensors.put(MODEL + name, tensor));
    optimiser.tensors().forEach((name, tensor) -> tensors.put(OPTIMISER + name, tensor));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(VERSION, "1");
    metadata.put(RECIPE, recipe);
    metadata.put(STEP, Integer.toString(step));
    metadata.put(FIRST, Double.toString(firstLoss));
    metadata.put(TAIL, Double.toString(tail));
    metadata.put(NOTES, notes);
    metadata.put(CHECKSUM, checksum(tensors, metadata));
    new StateDict(tensors, metadata).write(file);
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws IllegalArgumentException if it is none, damaged, or of another recipe
   */
  static Snapshot read(Path file, String recipe) throws IOException {
    StateDict stored = StateDict.read(file);
    Map<String, String> metadata = new LinkedHashMap<>(stored.metadata());
    if (!"1".equals(metadata.get(VERSION))) {
      throw new IllegalArgumentException(
          file + ": expected what a training left to go on from, got another file; remove it");
    }
    String expected = metadata.remove(CHECKSUM);
    if (!checksum(stored.tensors(), metadata).equals(expected)) {
      throw new IllegalArgumentException(
          file + ": expected an intact snapshot, got a damaged one; train from the beginning");
    }
    if (!recipe.equals(metadata.get(RECIPE))) {
      throw new IllegalArgumentException(
          file
              + ": expected the options with which the training began, got others; give those, or"
              + " train from the beginning ("
              + difference(metadata.get(RECIPE), recipe)
              + ")");
    }
    return new Snapshot(
        Integer.parseInt(metadata.get(STEP)),
        Double.parseDouble(metadata.get(FIRST)),
        Double.parseDouble(metadata.get(TAIL)),
        part(stored, MODEL),
        part(stored, OPTIMISER),
        metadata.get(NOTES));
  }

  private static StateDict part(StateDict stored, String prefix) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    stored
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), tensor);
              }
            });
    return new StateDict(tensors, Map.of());
  }

  /** The texts around the first place where they differ. */
  private static String difference(String began, String now) {
    int at = 0;
    while (at < Math.min(began.length(), now.length()) && began.charAt(at) == now.charAt(at)) {
      at++;
    }
    int from = Math.max(0, at - 24);
    return "then '"
        + Excerpt.of(began.substring(from, Math.min(began.length(), at + 24)))
        + "', now '"
        + Excerpt.of(now.substring(from, Math.min(now.length(), at + 24)))
        + "'";
  }

  private static String checksum(Map<String, TensorData> tensors, Map<String, String> metadata)
      throws IOException {
    CRC32C crc = new CRC32C();
    new TreeMap<>(metadata).forEach((name, text) -> update(crc, name + "=" + text + "\n"));
    for (Map.Entry<String, TensorData> tensor : new TreeMap<>(tensors).entrySet()) {
      update(crc, tensor.getKey());
      if (tensor.getValue().type().isReal()) {
        for (float value : tensor.getValue().floats()) {
          update(crc, Float.floatToRawIntBits(value));
        }
      } else {
        for (long value : tensor.getValue().longs()) {
          update(crc, (int) value);
          update(crc, (int) (value >>> Integer.SIZE));
        }
      }
    }
    return Long.toHexString(crc.getValue());
  }

  private static void update(CRC32C crc, String text) {
    crc.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void update(CRC32C crc, int bits) {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      crc.update(bits >>> shift);
    }
  }
}

package org.autoloss;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Shape;

/** The reference values under {@code src/test/resources/golden}; see the README there. */
public final class Golden {
  private Golden() {}

  /**
   * The entries of an index.
   *
   * @param folder for example {@code asl}
   */
  public static List<JsonNode> entries(String folder) {
    try {
      List<JsonNode> entries = new ArrayList<>();
      new ObjectMapper()
          .readTree(Files.readAllBytes(file(folder, "index.json")))
          .forEach(entries::add);
      return entries;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A file of a folder. */
  public static Path file(String folder, String name) {
    return Path.of("src/test/resources/golden", folder, name);
  }

  /** The array that a field of an entry names. */
  public static Npy array(String folder, JsonNode entry, String field) {
    return Npy.read(file(folder, entry.path(field).asText()));
  }

  /** The sizes of an entry's logits. */
  public static Shape shape(JsonNode entry) {
    JsonNode sizes = entry.path("shape");
    return new Shape(
        sizes.get(0).asLong(), sizes.get(1).asLong(), sizes.get(2).asLong(), sizes.get(3).asLong());
  }

  /** A field of numbers. */
  public static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }
}

package org.autoloss.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import org.autoloss.internal.Json;

/** JSON on the command line: no NaN, which JSON does not have, but null. */
final class JsonOutput {

  private JsonOutput() {}

  /** A number, or null where it is NaN or infinite. */
  static JsonNode number(double value) {
    JsonNodeFactory factory = Json.MAPPER.getNodeFactory();
    return Double.isFinite(value) ? factory.numberNode(value) : factory.nullNode();
  }

  /** Numbers, with null where one is NaN or infinite. */
  static ArrayNode numbers(double[] values) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    for (double value : values) {
      array.add(number(value));
    }
    return array;
  }

  /**
   * A file that holds a list.
   *
   * @throws IllegalArgumentException if it cannot be read or holds something else
   */
  static ArrayNode readList(Path file) {
    if (Json.read(file, "a JSON list of cases") instanceof ArrayNode list) {
      return list;
    }
    throw new IllegalArgumentException(file + ": expected a JSON list of cases, got another value");
  }
}

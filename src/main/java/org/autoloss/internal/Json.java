package org.autoloss.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;

/**
 * JSON as all of this project reads and writes it: one value and nothing after it, each key once,
 * nested 1,000 levels deep at most.
 */
public final class Json {
  /** Reads and writes; not to be configured. */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Reads a file.
   *
   * @param file which
   * @param expected what it should be, such as "a JSON list of cases"
   * @return its value
   * @throws IllegalArgumentException if it cannot be read or is not JSON; the message names it
   */
  public static JsonNode read(Path file, String expected) {
    try {
      return parse(InputFiles.text(file, expected), file.toString());
    } catch (OutOfMemoryError e) {
      throw new IllegalArgumentException(
          file
              + ": expected "
              + expected
              + " that fits the memory, got a larger one; give Java more (JAVA_OPTS=-Xmx8g)",
          e);
    }
  }

  /**
   * Reads a text.
   *
   * @param text JSON
   * @param argument what it is called in messages
   * @return its value
   * @throws IllegalArgumentException if it is not JSON
   */
  public static JsonNode parse(String text, String argument) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(argument + ": expected JSON, got " + reason(e), e);
    }
  }

  /**
   * What is wrong with JSON, and where.
   *
   * @param e what reading it threw
   * @return a part of a sentence
   */
  public static String reason(IOException e) {
    if (!(e instanceof JsonProcessingException json)) {
      return "'" + Excerpt.of(String.valueOf(e.getMessage())) + "'";
    }
    String said = Excerpt.firstLine(String.valueOf(json.getOriginalMessage()));
    if (json instanceof MismatchedInputException && said.startsWith("Trailing token")) {
      said = "more text after the end of the value";
    } else if (json instanceof StreamConstraintsException) {
      said = said.replaceAll(", from `[^`]*`", "");
    }
    return said + place(json);
  }

  private static String place(JsonProcessingException e) {
    return e.getLocation() == null || e.getLocation().getLineNr() < 1
        ? ""
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }
}

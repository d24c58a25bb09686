package org.autoloss.internal;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * JSON of any length, read value by value: what is large in it need never be in memory as a whole.
 * Whatever is wrong becomes a sentence that names the file and the line.
 *
 * <p>A method that reads a value stands on its first token before, and on its last one after.
 */
public final class JsonStream implements AutoCloseable {
  private final Path file;
  private final String expected;
  private final JsonParser parser;

  /**
   * Opens a file; the first value is current.
   *
   * @param file which
   * @param expected what it should be, such as "a list of detections"
   * @throws IllegalArgumentException if it cannot be read, or has no value
   */
  public JsonStream(Path file, String expected) {
    this.file = file;
    this.expected = expected;
    InputStream in = InputFiles.stream(file, expected);
    try {
      parser = Json.MAPPER.getFactory().createParser(in);
      if (parser.nextToken() == null) {
        throw refused("an empty file");
      }
    } catch (IOException e) {
      closeQuietly(in, e);
      throw unreadable(e);
    } catch (IllegalArgumentException e) {
      closeQuietly(in, e);
      throw e;
    }
  }

  private static void closeQuietly(InputStream in, Exception cause) {
    try {
      in.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * A sentence.
   *
   * @param got what stands there instead
   * @return the exception to throw
   */
  public IllegalArgumentException refused(String got) {
    return new IllegalArgumentException(file + ": expected " + expected + ", got " + got);
  }

  /**
   * A sentence about something in the file.
   *
   * @param sentence which thing, what was expected of it, and what it is
   * @return the exception to throw
   */
  public IllegalArgumentException invalid(String sentence) {
    return new IllegalArgumentException(file + ": " + sentence);
  }

  private IllegalArgumentException unreadable(IOException e) {
    return new IllegalArgumentException(
        file + ": expected " + expected + ", got " + Json.reason(e), e);
  }

  /**
   * A sentence about the current value.
   *
   * @param what is expected of it
   * @return the exception to throw
   */
  public IllegalArgumentException wrong(String what) {
    return refused(
        description()
            + " where "
            + what
            + " should be (line "
            + parser.currentTokenLocation().getLineNr()
            + ", column "
            + parser.currentTokenLocation().getColumnNr()
            + ")");
  }

  private String description() {
    return switch (parser.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      default -> "'" + Excerpt.of(currentText()) + "'";
    };
  }

  private String currentText() {
    try {
      return parser.getText();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private JsonToken next() {
    try {
      return parser.nextToken();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Whether the current value is an object.
   *
   * @return true or false
   */
  public boolean isObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  /**
   * Whether the current value is a list.
   *
   * @return true or false
   */
  public boolean isList() {
    return parser.currentToken() == JsonToken.START_ARRAY;
  }

  /**
   * Whether the current value is a text.
   *
   * @return true or false
   */
  public boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /**
   * Whether the current value is null.
   *
   * @return true or false
   */
  public boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  /**
   * Reads an object.
   *
   * @param what it is, for messages
   * @param field called with each name, its value being current; has to read or skip it
   */
  public void object(String what, Consumer<String> field) {
    if (!isObject()) {
      throw wrong(what);
    }
    while (next() != JsonToken.END_OBJECT) {
      String name = currentText();
      next();
      field.accept(name);
    }
  }

  /**
   * Reads a list.
   *
   * @param what it is, for messages
   * @param element called for each, which is current; has to read or skip it
   */
  public void list(String what, Runnable element) {
    if (!isList()) {
      throw wrong(what);
    }
    while (next() != JsonToken.END_ARRAY) {
      element.run();
    }
  }

  /** Skips the current value. */
  public void skip() {
    try {
      parser.skipChildren();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads a whole number.
   *
   * @param what it is, for messages
   * @return its value
   */
  public long whole(String what) {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw wrong(what);
    }
    try {
      return parser.getLongValue();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads a whole number of 32 bits.
   *
   * @param what it is, for messages
   * @return its value
   */
  public int integer(String what) {
    long value = whole(what);
    if (value != (int) value) {
      throw wrong(what);
    }
    return (int) value;
  }

  /**
   * Reads a number.
   *
   * @param what it is, for messages
   * @return its value, finite
   */
  public double number(String what) {
    if (!parser.currentToken().isNumeric()) {
      throw wrong(what);
    }
    try {
      double value = parser.getDoubleValue();
      if (!Double.isFinite(value)) {
        throw wrong(what);
      }
      return value;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads 0, 1, true or false.
   *
   * @param what it is, for messages
   * @return whether it is 1 or true
   */
  public boolean flag(String what) {
    if (parser.currentToken().isBoolean()) {
      return parser.currentToken() == JsonToken.VALUE_TRUE;
    }
    long value = whole(what);
    if (value != 0 && value != 1) {
      throw wrong(what);
    }
    return value == 1;
  }

  /**
   * Reads a text.
   *
   * @param what it is, for messages
   * @return its value
   */
  public String text(String what) {
    if (!isText()) {
      throw wrong(what);
    }
    return currentText();
  }

  /**
   * Reads a list of numbers.
   *
   * @param what it is, for messages
   * @return their values, finite
   */
  public double[] numbers(String what) {
    double[][] values = {new double[8]};
    int[] size = {0};
    list(
        what,
        () -> {
          if (size[0] == values[0].length) {
            values[0] = Arrays.copyOf(values[0], 2 * size[0]);
          }
          values[0][size[0]++] = number(what);
        });
    return Arrays.copyOf(values[0], size[0]);
  }

  /** Sees to it that nothing comes after the first value. */
  public void end() {
    if (next() != null) {
      throw refused(
          "more text after the end of the value (line "
              + parser.currentTokenLocation().getLineNr()
              + ")");
    }
  }

  @Override
  public void close() {
    try {
      parser.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }
}

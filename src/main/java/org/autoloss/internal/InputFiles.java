package org.autoloss.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the files that people give, as a whole: never more than fits, and with a sentence for
 * whatever is wrong with one.
 */
public final class InputFiles {
  /** The longest text, in bytes; lists of two million names are shorter. */
  public static final int MAX_TEXT = 64 << 20;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private InputFiles() {}

  /**
   * Reads a text: UTF-8, of {@link #MAX_TEXT} bytes at most.
   *
   * @param file which
   * @param expected what it should be, such as "a list of names"
   * @return its text, without the byte order mark that some editors put in front
   * @throws IllegalArgumentException if it cannot be read, is too long, or is not UTF-8; the
   *     message names the file
   */
  public static String text(Path file, String expected) {
    byte[] bytes = bytes(file, expected, MAX_TEXT);
    if (isUtf16(bytes)) {
      throw refused(file, expected + " in UTF-8", "one in UTF-16; save it as UTF-8");
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length); // no character has less than a byte
    CoderResult end = decoder.decode(in, out, true);
    if (end.isError()) {
      throw refused(
          file,
          expected + " in UTF-8",
          "other bytes in line " + lineAt(bytes, in.position()) + "; save it as UTF-8");
    }
    return withoutMark(out.flip().toString());
  }

  /**
   * Reads the lines of a text, without the white space around each, and without blank ones at the
   * end.
   *
   * @param file which
   * @param expected what it should be
   * @return the lines; those that begin another list, put behind the first one, come without its
   *     byte order mark
   * @throws IllegalArgumentException as {@link #text}
   */
  public static List<String> lines(Path file, String expected) {
    return text(file, expected)
        .stripTrailing()
        .lines()
        .map(line -> withoutMark(line).strip())
        .toList();
  }

  private static String withoutMark(String text) {
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  /**
   * Reads a file. What is too long is refused before memory is taken for it.
   *
   * @param file which; also one without a length, such as a pipe
   * @param expected what it should be, such as "a JPEG"
   * @param most its greatest length in bytes
   * @return its content
   * @throws IllegalArgumentException if it cannot be read or is too long; the message names the
   *     file
   */
  public static byte[] bytes(Path file, String expected, int most) {
    try {
      if (!Files.isRegularFile(file)) {
        return piped(file, expected, most);
      }
      long size = Files.size(file);
      if (size > most) {
        throw tooLong(file, expected, most, mebibytes(size));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(sentence(file, expected, reason(file, e)), e);
    } catch (OutOfMemoryError e) {
      throw refused(
          file,
          expected + " that fits the memory",
          "a larger one; give Java more (JAVA_OPTS=-Xmx8g)");
    }
  }

  /**
   * Opens a file of any length, to be read bit by bit.
   *
   * @param file which; also a pipe
   * @param expected what it should be, such as "a list of detections"
   * @return its bytes, for the caller to close
   * @throws IllegalArgumentException if it cannot be opened; the message names the file
   */
  public static InputStream stream(Path file, String expected) {
    if (Files.isDirectory(file)) {
      throw refused(file, expected, "a folder; give a file");
    }
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(sentence(file, expected, reason(file, e)), e);
    }
  }

  private static byte[] piped(Path file, String expected, int most) throws IOException {
    if (Files.isDirectory(file)) {
      throw refused(file, expected, "a folder; give a file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw tooLong(file, expected, most, "more");
      }
      return bytes;
    }
  }

  private static IllegalArgumentException tooLong(
      Path file, String expected, int most, String length) {
    return refused(
        file, expected + " of at most " + mebibytes(most), length + "; give another file");
  }

  private static String mebibytes(long bytes) {
    return bytes < 1 << 20 ? bytes + " bytes" : (bytes >> 20) + " MiB";
  }

  private static String reason(Path file, IOException e) {
    if (Files.notExists(file)) {
      return "nothing; check the path";
    }
    if (e instanceof AccessDeniedException) {
      return "one that may not be read; change its permissions";
    }
    String said = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return "'" + (said == null ? e.toString() : said) + "'; see to that, or give another file";
  }

  private static IllegalArgumentException refused(Path file, String expected, String got) {
    return new IllegalArgumentException(sentence(file, expected, got));
  }

  private static String sentence(Path file, String expected, String got) {
    return file + ": expected " + expected + ", got " + got;
  }

  private static boolean isUtf16(byte[] bytes) {
    return bytes.length >= 2
        && (bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE
            || bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF);
  }

  private static int lineAt(byte[] bytes, int position) {
    int line = 1;
    for (int i = 0; i < position; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return line;
  }
}

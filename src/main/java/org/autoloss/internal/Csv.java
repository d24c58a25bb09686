package org.autoloss.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * Comma-separated values by RFC 4180, with line feeds, that no spreadsheet takes for formulas: a
 * text that begins as one gets an apostrophe before it, as OWASP recommends ("CSV Injection").
 * Numbers stay as they are, also where they come as text.
 */
public final class Csv {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setRecordSeparator('\n').setNullString("").get();
  // The last four are the wide forms, which some spreadsheets take for the narrow ones.
  private static final Pattern FORMULA =
      Pattern.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20].*", Pattern.DOTALL);
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");

  private Csv() {}

  /**
   * Writes a line.
   *
   * @param out where to
   * @param cells texts and numbers; null is an empty cell
   * @throws IOException if it cannot be written
   */
  public static void write(Appendable out, List<?> cells) throws IOException {
    new CSVPrinter(out, FORMAT).printRecord(cells.stream().map(Csv::harmless));
  }

  /**
   * A line as text.
   *
   * @param cells texts and numbers; null is an empty cell
   * @return the line, with its line feed
   */
  public static String line(Object... cells) {
    StringBuilder line = new StringBuilder();
    try {
      write(line, Stream.of(cells).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e); // it stays in memory
    }
    return line.toString();
  }

  private static Object harmless(Object cell) {
    return cell instanceof CharSequence text
            && FORMULA.matcher(text).matches()
            && !NUMBER.matcher(text).matches()
        ? "'" + text
        : cell;
  }
}

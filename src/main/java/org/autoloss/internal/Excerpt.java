package org.autoloss.internal;

import java.util.Locale;

/** Input as messages quote it: short, and on one line, whatever came. */
public final class Excerpt {
  private static final int LONGEST = 120;
  private static final String CUT = "...";

  private Excerpt() {}

  /**
   * The beginning of a text.
   *
   * @param input any text
   * @return 120 characters at most; control characters and line breaks stand as in Java's sources
   */
  public static String of(CharSequence input) {
    StringBuilder shown = new StringBuilder();
    int cut = 0;
    for (int i = 0; i < input.length(); i++) {
      shown.append(visible(input.charAt(i)));
      if (shown.length() > LONGEST) {
        return shown.substring(0, cut) + CUT;
      }
      cut = shown.length() <= LONGEST - CUT.length() ? shown.length() : cut;
    }
    return shown.toString();
  }

  /**
   * The first line of a message: native code puts a stack trace behind it.
   *
   * @param message of an exception
   * @return the first line that is not blank; empty if there is none
   */
  public static String firstLine(String message) {
    return message
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static String visible(char c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> unprintable(c) ? String.format(Locale.ROOT, "\\u%04x", (int) c) : "" + c;
    };
  }

  private static boolean unprintable(char c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.FORMAT;
  }
}

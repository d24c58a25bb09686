package org.autoloss.internal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Pattern;

/** How measures and names are shown to people. Data for programs keep both as they are. */
public final class Display {
  // Line separators too: the classes of \s and \p{Cntrl} alone leave some out.
  private static final Pattern BREAKS = Pattern.compile("[\\s\\p{Cntrl}\\x{85}\\p{Z}]+");
  private static final Pattern INVISIBLE = Pattern.compile("\\p{Cf}");
  private static final Pattern MARKUP = Pattern.compile("[\\\\|*`\\[\\]~$]");
  // Within a word an underscore is no markup, and names of losses have it there.
  private static final Pattern UNDERSCORE =
      Pattern.compile("(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])");

  private static final int SHORT = 60;
  // What a double leaves of a number: more than six digits behind the point.
  private static final Pattern LONG_NUMBER =
      Pattern.compile("(?<![\\w.])-?\\d+\\.\\d{7,}(?:[eE][+-]?\\d+)?");
  private static final MathContext FOUR_DIGITS = new MathContext(4, RoundingMode.HALF_EVEN);

  private Display() {}

  /**
   * A metric in percent, as all tables and sentences have it.
   *
   * @param fraction 0 to 1; NaN if it is not defined
   * @return two decimals without a unit, or {@code -} for NaN
   */
  public static String percent(double fraction) {
    return Double.isNaN(fraction) ? "-" : String.format(Locale.ROOT, "%.2f", 100 * fraction);
  }

  /**
   * A difference of two metrics, in percentage points.
   *
   * @param difference of fractions
   * @return two decimals with a sign
   */
  public static String points(double difference) {
    return String.format(Locale.ROOT, "%+.2f", 100 * difference);
  }

  /**
   * How many of something in a second, which may be thousands or one in minutes.
   *
   * @param perSecond 0 or more
   * @return three digits, or a whole number from 1000 on
   */
  public static String rate(double perSecond) {
    return perSecond < 999.5
        ? String.format(Locale.ROOT, "%.3g", perSecond)
        : String.format(Locale.ROOT, "%,.0f", perSecond);
  }

  /**
   * A text whose long numbers have four digits.
   *
   * @param text any, for example parameters as JSON
   * @return the text with rounded numbers
   */
  public static String rounded(String text) {
    return LONG_NUMBER.matcher(text).replaceAll(number -> rounded(new BigDecimal(number.group())));
  }

  private static String rounded(BigDecimal number) {
    return Double.toString(number.round(FOUR_DIGITS).doubleValue());
  }

  /**
   * A text that stays in its line and sends nothing to a terminal.
   *
   * @param text any
   * @return the text with a space for each line break, control character or run of them
   */
  public static String line(String text) {
    return INVISIBLE.matcher(BREAKS.matcher(text).replaceAll(" ")).replaceAll("").strip();
  }

  /**
   * A text that Markdown shows as it is, in one line, also in a cell of a table.
   *
   * @param text any
   * @return the text with its markup escaped
   */
  public static String markdown(String text) {
    String plain = MARKUP.matcher(line(text)).replaceAll("\\\\$0");
    return UNDERSCORE
        .matcher(plain)
        .replaceAll("\\\\$0")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }

  /**
   * The beginning of a long text, in one line.
   *
   * @param text any
   * @return at most 60 characters
   */
  public static String shortened(String text) {
    String line = line(text);
    return line.length() <= SHORT ? line : line.substring(0, SHORT - 3) + "...";
  }
}

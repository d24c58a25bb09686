package org.autoloss.internal;

import java.util.regex.Pattern;

/** Words of a command line that can be copied into a shell. */
public final class Shell {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");

  private Shell() {}

  /**
   * A word as a shell reads it.
   *
   * @param word such as a path
   * @return the word itself, in quotation marks where a shell would not take it as it is
   */
  public static String word(Object word) {
    String text = word.toString();
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}

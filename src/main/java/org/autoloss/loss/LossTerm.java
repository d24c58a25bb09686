package org.autoloss.loss;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A term of a specification in its parts.
 *
 * @param weight its factor, as written; "1" where none is
 * @param name of the loss; empty where there is only a path
 * @param argument what follows the name and a colon, without quotation marks; may be empty
 * @param body all that follows the weight, without quotation marks
 */
record LossTerm(String weight, String name, String argument, String body) {
  private static final String JSON = ".json";

  // Nothing is tried twice: a weight of 100,000 digits takes no longer than its digits.
  private static final String SPACE = "\\p{IsWhite_Space}*+";
  private static final String NUMBER =
      SPACE + "([-+]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][-+]?\\d++)?)" + SPACE + "\\*";
  private static final String IDENTIFIER = SPACE + "([A-Za-z][A-Za-z0-9_]*+)" + SPACE;
  private static final Pattern WEIGHTED = Pattern.compile(NUMBER + "(.*)", Pattern.DOTALL);
  private static final Pattern NAMED = Pattern.compile(IDENTIFIER + "(?::(.*))?", Pattern.DOTALL);

  /** The beginning of a term up to the end of its quoted argument. */
  static final Pattern QUOTED =
      Pattern.compile(
          "(?:" + NUMBER + ")?(?:" + IDENTIFIER + ":)?" + SPACE + "\"[^\"]*+\"", Pattern.DOTALL);

  static LossTerm of(String text) {
    Matcher weighted = WEIGHTED.matcher(text);
    boolean hasWeight = weighted.matches();
    String weight = hasWeight ? weighted.group(1) : "1";
    String body = hasWeight ? weighted.group(2) : text;
    Matcher named = NAMED.matcher(body);
    if (!named.matches()) {
      return new LossTerm(weight, "", "", unquoted(body));
    }
    String argument = named.group(2) == null ? "" : named.group(2);
    return new LossTerm(weight, named.group(1), unquoted(argument), unquoted(body));
  }

  private static String unquoted(String text) {
    String bare = text.strip();
    boolean quoted = bare.length() > 1 && bare.startsWith("\"") && bare.endsWith("\"");
    return quoted ? bare.substring(1, bare.length() - 1) : bare;
  }

  /** Whether it is the path of an artefact, or what should be one, rather than a name. */
  boolean isPath() {
    return name.isEmpty() ? isJson(body) : !LossFactories.isKnown(name) && isArtefact(body);
  }

  /** Whether it names an artefact that is there. */
  boolean hasArtefact() {
    return isArtefact(argument) || isArtefact(body);
  }

  private static boolean isJson(String path) {
    int end = path.length() - JSON.length();
    return path.regionMatches(true, end, JSON, 0, JSON.length());
  }

  private static boolean isArtefact(String path) {
    try {
      return isJson(path) && Files.isRegularFile(Path.of(path));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}

package org.autoloss.loss;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the terms of a specification end: at plus signs, which paths may hold as well. */
final class LossTerms {
  // No longer path exists, and of a longer row of signs not all are tried.
  private static final int LONGEST_PATH = 4096;
  private static final int MOST_SIGNS = 16;

  private static final Pattern EXPONENT = Pattern.compile("\\s*+[\\d.]++[eE]");

  private LossTerms() {}

  /**
   * Splits at each plus sign that is outside parentheses and quotation marks, is not that of an
   * exponent, and does not belong to the path of an artefact that is there.
   */
  static List<String> split(String text) {
    List<String> terms = new ArrayList<>();
    int start = 0;
    while (start <= text.length()) {
      int end = end(text, start);
      terms.add(text.substring(start, end));
      start = end + 1;
    }
    return terms;
  }

  private static int end(String text, int start) {
    Matcher quoted = LossTerm.QUOTED.matcher(text).region(start, text.length());
    if (quoted.lookingAt()) {
      return sign(text, start, quoted.end());
    }
    int artefact = artefactEnd(text, start);
    return artefact < 0 ? sign(text, start, start) : artefact;
  }

  /** Where the shortest path ends that leads to an artefact; below 0 if none does. */
  private static int artefactEnd(String text, int start) {
    int end = start;
    for (int signs = 0; signs <= MOST_SIGNS && end < text.length(); signs++) {
      int next = text.indexOf('+', end + 1);
      end = next < 0 ? text.length() : next;
      if (end - start > LONGEST_PATH) {
        return -1;
      }
      if (LossTerm.of(text.substring(start, end)).hasArtefact()) {
        return end;
      }
    }
    return -1;
  }

  /** The first sign between two terms. */
  private static int sign(String text, int start, int from) {
    int depth = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '+' && depth == 0 && i > start && !endsInExponent(text.substring(start, i))) {
        return i;
      }
    }
    return text.length();
  }

  private static boolean endsInExponent(String part) {
    return EXPONENT.matcher(part).matches();
  }
}

package org.autoloss.loss;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;

/**
 * Reads loss specifications and artefacts.
 *
 * <pre>
 * specification = artefact | term { "+" term }
 * term          = [ weight "*" ] name [ ":" argument ]
 * </pre>
 *
 * An argument may hold any character; a "+" within parentheses does not end it, and neither does
 * the sign of an exponent in a weight.
 */
final class LossParser {
  /** The first version of the artefact format: the value of the field {@code autoloss}. */
  static final int VERSION = 1;

  /**
   * The latest version, which graphs have since {@code mean_nhw} is the plain mean. An artefact
   * without the field counts as this version.
   */
  private static final int LATEST = 2;

  // Nothing is tried twice: a weight of 100,000 digits takes no longer than its digits.
  private static final String SPACE = "\\p{IsWhite_Space}*+";
  private static final Pattern WEIGHT =
      Pattern.compile(
          SPACE + "([-+]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][-+]?\\d++)?)" + SPACE + "\\*(.*)",
          Pattern.DOTALL);
  private static final Pattern NAME =
      Pattern.compile(SPACE + "([A-Za-z][A-Za-z0-9_]*+)" + SPACE + "(?::(.*))?", Pattern.DOTALL);

  private LossParser() {}

  static Loss parse(String specification) {
    String text = specification.strip();
    if (text.startsWith("{")) {
      return fromJson(Json.parse(text, "loss"), "loss");
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException("loss: expected a specification such as ce, got nothing");
    }
    List<WeightedSumLoss.Term> terms = new ArrayList<>();
    try {
      for (String part : split(text)) {
        terms.add(term(part, text));
      }
    } catch (RuntimeException e) {
      terms.forEach(term -> term.loss().close());
      throw e;
    }
    boolean single = terms.size() == 1 && terms.get(0).weight() == 1;
    return single ? terms.get(0).loss() : new WeightedSumLoss(terms);
  }

  static Loss read(Path file) {
    return fromJson(Json.read(file, "a loss artefact (JSON)"), file.toString());
  }

  static Loss fromJson(ObjectNode artefact) {
    JsonNode version = artefact.path("autoloss");
    if (!version.isMissingNode()
        && !(version.isInt() && version.intValue() >= VERSION && version.intValue() <= LATEST)) {
      throw new IllegalArgumentException(
          "autoloss: expected artefact version "
              + VERSION
              + " or "
              + LATEST
              + ", got "
              + Excerpt.of(version.toString())
              + "; a newer AutoLoss may have written it");
    }
    String kind = artefact.path("kind").asText("");
    return LossFactories.find(kind, "kind").fromJson(kind, artefact);
  }

  private static Loss fromJson(JsonNode json, String where) {
    try {
      if (json instanceof ObjectNode artefact) {
        return fromJson(artefact);
      }
      throw new IllegalArgumentException("expected one JSON object");
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private static WeightedSumLoss.Term term(String text, String whole) {
    Matcher weighted = WEIGHT.matcher(text);
    boolean hasWeight = weighted.matches();
    double weight = hasWeight ? Double.parseDouble(weighted.group(1)) : 1;
    Matcher atom = NAME.matcher(hasWeight ? weighted.group(2) : text);
    if (!atom.matches()) {
      throw new IllegalArgumentException(
          "loss: expected [weight*]name[:argument], got '"
              + Excerpt.of(text.strip())
              + "' in '"
              + Excerpt.of(whole)
              + "'");
    }
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "loss: expected a finite weight, got '" + Excerpt.of(weighted.group(1)) + "'");
    }
    String name = atom.group(1);
    String argument = atom.group(2) == null ? "" : atom.group(2).strip();
    return new WeightedSumLoss.Term(weight, LossFactories.find(name, "loss").parse(name, argument));
  }

  /** Splits at each plus sign that is outside parentheses and not the sign of an exponent. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '+' && depth == 0 && i > start && !endsInExponent(text.substring(start, i))) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static boolean endsInExponent(String part) {
    return part.matches("\\s*[\\d.]+[eE]");
  }
}

package org.autoloss.loss;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.internal.InputFiles;

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
  /**
   * The only version of the artefact format so far: the value of the field {@code autoloss}. An
   * artefact without that field counts as this version.
   */
  static final int VERSION = 1;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern WEIGHT =
      Pattern.compile("\\s*([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)\\s*\\*(.*)");
  private static final Pattern NAME = Pattern.compile("\\s*([A-Za-z][A-Za-z0-9_]*)\\s*(?::(.*))?");

  private LossParser() {}

  static Loss parse(String specification) {
    String text = specification.strip();
    if (text.startsWith("{")) {
      return fromJson(text, "loss");
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
    return fromJson(InputFiles.text(file, "a loss artefact (JSON)"), file.toString());
  }

  static Loss fromJson(ObjectNode artefact) {
    JsonNode version = artefact.path("autoloss");
    if (!version.isMissingNode() && !(version.isInt() && version.intValue() == VERSION)) {
      throw new IllegalArgumentException(
          "autoloss: expected artefact version "
              + VERSION
              + ", got "
              + version
              + "; a newer AutoLoss may have written it");
    }
    String kind = artefact.path("kind").asText("");
    return factory(kind, "kind").fromJson(kind, artefact);
  }

  private static Loss fromJson(String text, String where) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode artefact) {
        return fromJson(artefact);
      }
      throw new IllegalArgumentException("expected one JSON object");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          where + ": expected JSON, got " + e.getOriginalMessage(), e);
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
          "loss: expected [weight*]name[:argument], got '" + text.strip() + "' in '" + whole + "'");
    }
    String name = atom.group(1);
    String argument = atom.group(2) == null ? "" : atom.group(2).strip();
    return new WeightedSumLoss.Term(weight, factory(name, "loss").parse(name, argument));
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

  private static LossFactory factory(String name, String argument) {
    Map<String, LossFactory> known = factories();
    LossFactory factory = known.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          argument
              + ": expected one of "
              + String.join(", ", known.keySet())
              + ", got '"
              + name
              + "'");
    }
    return factory;
  }

  private static Map<String, LossFactory> factories() {
    Map<String, LossFactory> known = new TreeMap<>();
    try {
      for (LossFactory factory :
          ServiceLoader.load(LossFactory.class, Loss.class.getClassLoader())) {
        factory.names().forEach(name -> known.put(name, factory));
      }
      for (LossFactory factory : ServiceLoader.load(LossFactory.class)) {
        factory.names().forEach(name -> known.putIfAbsent(name, factory));
      }
    } catch (ServiceConfigurationError e) {
      throw new IllegalArgumentException(
          "loss: a loss factory cannot be loaded: " + e.getMessage(), e);
    }
    return known;
  }
}

package org.autoloss.loss;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;

/**
 * Reads loss specifications and artefacts.
 *
 * <pre>
 * specification = artefact | term { "+" term }
 * term          = [ weight "*" ] ( name [ ":" argument ] | path )
 * </pre>
 *
 * An argument may hold any character. A "+" does not end it within parentheses, within quotation
 * marks around all of it, or in the path of an artefact that is there; of several such paths the
 * shortest is meant. A path without a name is that of an artefact, and ends in {@code .json}.
 */
final class LossParser {
  /** The first version of the artefact format: the value of the field {@code autoloss}. */
  static final int VERSION = 1;

  /**
   * The latest version, which graphs have since {@code mean_nhw} is the plain mean. An artefact
   * without the field counts as this version.
   */
  private static final int LATEST = 2;

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
      for (String part : LossTerms.split(text)) {
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
    LossTerm term = LossTerm.of(text);
    if (!term.isPath() && term.name().isEmpty()) {
      throw new IllegalArgumentException(
          "loss: expected [weight*]name[:argument], got '"
              + Excerpt.of(text.strip())
              + "' in '"
              + Excerpt.of(whole)
              + "'; the path of an artefact ends in .json");
    }
    double weight = Double.parseDouble(term.weight());
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "loss: expected a finite weight, got '" + Excerpt.of(term.weight()) + "'");
    }
    return new WeightedSumLoss.Term(weight, loss(term));
  }

  private static Loss loss(LossTerm term) {
    return term.isPath()
        ? read(Path.of(term.body()))
        : LossFactories.find(term.name(), "loss").parse(term.name(), term.argument());
  }
}

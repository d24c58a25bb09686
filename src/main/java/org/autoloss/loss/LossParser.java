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
    return read(specification, null);
  }

  /** A loss for a branch of an input. */
  static Loss parse(String specification, LossInput input) {
    Loss loss = read(specification, input);
    if (!input.accepts(loss.input())) {
      loss.close();
      throw new IllegalArgumentException(
          "loss: expected one on "
              + input.label()
              + ", got '"
              + Excerpt.of(specification)
              + "', which is on "
              + loss.input().label());
    }
    return loss;
  }

  private static Loss read(String specification, LossInput input) {
    String text = specification.strip();
    if (text.startsWith("{")) {
      return fromJson(Json.parse(text, "loss"), "loss", input);
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException("loss: expected a specification such as ce, got nothing");
    }
    List<WeightedSumLoss.Term> terms = new ArrayList<>();
    try {
      for (String part : LossTerms.split(text)) {
        terms.add(term(part, text, input));
      }
    } catch (RuntimeException e) {
      terms.forEach(term -> term.loss().close());
      throw e;
    }
    boolean single = terms.size() == 1 && terms.get(0).weight() == 1;
    try {
      return single ? terms.get(0).loss() : new WeightedSumLoss(terms);
    } catch (IllegalArgumentException e) {
      terms.forEach(term -> term.loss().close());
      throw e;
    }
  }

  static Loss read(Path file) {
    return fromJson(Json.read(file, "a loss artefact (JSON)"), file.toString(), null);
  }

  static Loss fromJson(ObjectNode artefact) {
    return fromJson(artefact, (LossInput) null);
  }

  private static Loss fromJson(ObjectNode artefact, LossInput usual) {
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
    JsonNode input = artefact.path("input");
    return LossFactories.find(
            kind, "kind", input.isMissingNode() ? usual : LossInput.of(input.asText()))
        .fromJson(kind, artefact);
  }

  private static Loss fromJson(JsonNode json, String where, LossInput usual) {
    try {
      if (json instanceof ObjectNode artefact) {
        return fromJson(artefact, usual);
      }
      throw new IllegalArgumentException("expected one JSON object");
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  private static WeightedSumLoss.Term term(String text, String whole, LossInput input) {
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
    return new WeightedSumLoss.Term(weight, loss(term, input));
  }

  private static Loss loss(LossTerm term, LossInput input) {
    if (term.isPath()) {
      return read(Path.of(term.body()));
    }
    LossFactory factory = LossFactories.find(term.name(), "loss", input);
    return input == null
        ? factory.parse(term.name(), term.argument())
        : factory.parse(term.name(), term.argument(), input);
  }
}

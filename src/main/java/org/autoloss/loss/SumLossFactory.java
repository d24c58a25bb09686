package org.autoloss.loss;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.autoloss.internal.Excerpt;

/**
 * Reads the artefact of a {@link WeightedSumLoss}; in specifications a sum is written with plus
 * signs.
 */
public final class SumLossFactory implements LossFactory {
  static final String NAME = "sum";

  /** For {@link java.util.ServiceLoader}. */
  public SumLossFactory() {}

  @Override
  public Set<String> names() {
    return Set.of(NAME);
  }

  @Override
  public Set<String> names(LossInput input) {
    return names();
  }

  @Override
  public Loss parse(String name, String argument) {
    throw new IllegalArgumentException("sum: expected a sum such as 0.5*ce+asl:mIoU, got 'sum'");
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    List<WeightedSumLoss.Term> terms = new ArrayList<>();
    try {
      artefact.path("terms").forEach(term -> terms.add(term(term)));
      return new WeightedSumLoss(terms);
    } catch (RuntimeException e) {
      terms.forEach(term -> term.loss().close());
      throw e;
    }
  }

  private static WeightedSumLoss.Term term(JsonNode term) {
    double weight = term.path("weight").doubleValue();
    if (!(term.path("loss") instanceof ObjectNode loss)
        || !term.path("weight").isNumber()
        || !Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "terms: expected {\"weight\",\"loss\"} objects with finite weights, got "
              + Excerpt.of(term.toString()));
    }
    return new WeightedSumLoss.Term(weight, LossParser.fromJson(loss));
  }
}

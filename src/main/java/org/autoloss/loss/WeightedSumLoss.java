package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.autoloss.internal.Json;
import org.autoloss.internal.Scoped;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code sum_i weight_i * loss_i}: what {@code 0.5*ce+asl:mIoU} stands for. Closing it closes the
 * terms.
 */
public final class WeightedSumLoss implements QualityLoss {

  private final List<Term> terms;
  private final FusedSum fused; // on the CPU; null where there is none

  /**
   * A loss and its weight.
   *
   * @param weight any finite number
   * @param loss owned by the sum
   */
  public record Term(double weight, Loss loss) {
    /**
     * Checks the weight.
     *
     * @throws IllegalArgumentException if the weight is not finite
     */
    public Term {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException("weight: expected a finite number, got " + weight);
      }
    }
  }

  /**
   * A weighted sum.
   *
   * @param terms at least one
   * @throws IllegalArgumentException if there are none, or they compare different things
   */
  public WeightedSumLoss(List<Term> terms) {
    if (terms.isEmpty()) {
      throw new IllegalArgumentException("terms: expected at least one, got none");
    }
    LossInput first = terms.get(0).loss().input();
    for (Term term : terms) {
      if (term.loss().input() != first) {
        throw new IllegalArgumentException(
            "loss: expected terms that compare the same, got some on "
                + first.label()
                + " and some on "
                + term.loss().input().label());
      }
    }
    this.terms = List.copyOf(terms);
    fused = FusedSum.of(terms);
  }

  /**
   * The terms, in order.
   *
   * @return an immutable list
   */
  public List<Term> terms() {
    return terms;
  }

  @Override
  public LossInput input() {
    return terms.get(0).loss().input();
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    return apply(new Pair(logits, labels));
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels, Tensor quality) {
    return apply(new Pair(logits, labels).withQuality(quality));
  }

  @Override
  public Tensor apply(Pair pair) {
    if (fused != null && !FusedLoss.onGpu(pair.predicted())) {
      return fused.apply(pair);
    }
    return Scoped.result(
        () -> {
          Tensor total = null;
          for (Term term : terms) {
            Tensor weighted = term.loss().apply(pair).mul(new Scalar(term.weight()));
            total = total == null ? weighted : total.add(weighted);
          }
          return total;
        });
  }

  @Override
  public String toJson() {
    return toJson(terms);
  }

  static String toJson(List<Term> terms) {
    ObjectNode artefact = Json.MAPPER.createObjectNode();
    artefact.put("autoloss", LossParser.VERSION).put("kind", SumLossFactory.NAME);
    ArrayNode array = artefact.putArray("terms");
    for (Term term : terms) {
      array
          .addObject()
          .put("weight", term.weight())
          .set("loss", Json.parse(term.loss().toJson(), "a term's toJson()"));
    }
    return artefact.toString();
  }

  @Override
  public void close() {
    terms.forEach(term -> term.loss().close());
    if (fused != null) {
      fused.close();
    }
  }
}

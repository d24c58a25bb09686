package org.autoloss.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.autoloss.internal.Json;
import org.bytedeco.pytorch.Tensor;

/** A {@link PairLoss} that is a formula and a few numbers. */
public final class FormulaLoss extends PairLoss {
  private final String kind;
  private final Map<String, Object> options;
  private final BinaryOperator<Tensor> formula;

  /**
   * A loss.
   *
   * @param input what is compared
   * @param kind its name in specifications and artefacts
   * @param options its numbers by name, for artefacts; copied
   * @param formula from what is predicted and its target to a 0-dimensional tensor
   */
  public FormulaLoss(
      LossInput input, String kind, Map<String, ?> options, BinaryOperator<Tensor> formula) {
    super(input);
    this.kind = kind;
    this.options = new TreeMap<>(options);
    this.formula = formula;
  }

  /**
   * Its name.
   *
   * @return as in specifications and artefacts, such as {@code giou}
   */
  public String kind() {
    return kind;
  }

  /**
   * Its numbers and switches.
   *
   * @return by name, sorted
   */
  public Map<String, Object> options() {
    return Collections.unmodifiableMap(options);
  }

  @Override
  protected Tensor compute(Tensor predicted, Tensor target) {
    return formula.apply(predicted, target);
  }

  @Override
  public String toJson() {
    ObjectNode artefact = Json.MAPPER.createObjectNode();
    artefact.put("autoloss", LossParser.VERSION).put("kind", kind).put("input", input().label());
    options.forEach((name, value) -> artefact.set(name, Json.MAPPER.valueToTree(value)));
    return artefact.toString();
  }
}

package org.autoloss.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Set;
import org.autoloss.internal.Excerpt;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossFactory;

/**
 * Makes graph losses from {@code expr:neg(mul(y,log(yhat)))}, {@code graph:found.json}, and JSON.
 *
 * <p>An artefact holds {@code nodes} or, easier to write by hand, {@code expression}; {@code eps}
 * may be left out.
 */
public final class GraphLossFactory implements LossFactory {
  /** For {@link java.util.ServiceLoader}. */
  public GraphLossFactory() {}

  @Override
  public Set<String> names() {
    return Set.of(GraphLoss.KIND, GraphLoss.EXPRESSION);
  }

  @Override
  public Loss parse(String name, String argument) {
    if (name.equals(GraphLoss.EXPRESSION)) {
      return GraphLoss.of(LossGraph.parse(argument));
    }
    if (argument.isEmpty()) {
      throw new IllegalArgumentException(
          "graph: expected an artefact (graph:found.json), got nothing; expr: takes an expression");
    }
    Loss loss = Loss.read(Path.of(argument));
    if (!(loss instanceof GraphLoss)) {
      loss.close();
      throw new IllegalArgumentException(argument + ": expected a loss of kind graph, got another");
    }
    return loss;
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    JsonNode eps = artefact.path("eps");
    if (!eps.isMissingNode() && !eps.isNumber()) {
      throw new IllegalArgumentException(
          "eps: expected a number, got " + Excerpt.of(eps.toString()));
    }
    return GraphLoss.of(graph(artefact), eps.asDouble(GraphLoss.DEFAULT_EPS));
  }

  private static LossGraph graph(ObjectNode artefact) {
    if (artefact.has("nodes")) {
      return LossGraph.fromJson(artefact.get("nodes"));
    }
    JsonNode expression = artefact.path("expression");
    if (!expression.isTextual()) {
      throw new IllegalArgumentException("nodes: expected nodes or an expression, got neither");
    }
    return LossGraph.parse(expression.textValue());
  }
}

package org.autoloss.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.autoloss.internal.Excerpt;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossFactory;
import org.autoloss.loss.LossInput;

/**
 * Makes graph losses from {@code expr:neg(mul(y,log(yhat)))}, {@code graph:found.json}, and JSON.
 *
 * <p>An artefact holds {@code nodes} or, easier to write by hand, {@code expression}; {@code eps}
 * may be left out. One of version 1, in which {@code mean_nhw} also divided by the number of
 * classes, gives the loss that it was, written in the operators of today.
 */
public final class GraphLossFactory implements LossFactory {
  private static final Pattern CLASS_INPUT = Pattern.compile("\\by(hat)?\\b");
  private static final Pattern BOX_INPUT = Pattern.compile("\\b[iue]\\b");

  /** For {@link java.util.ServiceLoader}. */
  public GraphLossFactory() {}

  @Override
  public Set<String> names() {
    return Set.of(GraphLoss.KIND, GraphLoss.EXPRESSION);
  }

  @Override
  public Set<String> names(LossInput input) {
    return input == LossInput.DELTAS ? Set.of() : names();
  }

  @Override
  public Loss parse(String name, String argument, LossInput input) {
    return name.equals(GraphLoss.EXPRESSION)
        ? BranchGraphs.loss(
            input, LossGraph.parse(argument, PairGraphLoss.inputs(input)), GraphLoss.DEFAULT_EPS)
        : parse(name, argument);
  }

  @Override
  public Loss parse(String name, String argument) {
    if (name.equals(GraphLoss.EXPRESSION)) {
      return parse(name, argument, input(argument));
    }
    if (argument.isEmpty()) {
      throw new IllegalArgumentException(
          "graph: expected an artefact (graph:found.json), got nothing; expr: takes an expression");
    }
    Loss loss = Loss.read(Path.of(argument));
    if (!(loss instanceof GraphLoss) && !(loss instanceof PairGraphLoss)) {
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
    LossInput input = LossInput.of(artefact.path("input").asText(LossInput.CLASSES.label()));
    LossGraph graph = graph(artefact, input);
    int version = artefact.path("autoloss").asInt(Operator.VERSION);
    return BranchGraphs.loss(
        input,
        version < Operator.VERSION ? withDividedMeans(graph) : graph,
        eps.asDouble(GraphLoss.DEFAULT_EPS));
  }

  /** What an expression reads that nobody has said the input of: areas of boxes, or classes. */
  private static LossInput input(String expression) {
    boolean classes = CLASS_INPUT.matcher(expression).find();
    return !classes && BOX_INPUT.matcher(expression).find() ? LossInput.BOXES : LossInput.CLASSES;
  }

  /** Writes out the division by C of {@code mean_nhw} in version 1: what y sums up to over C. */
  private static LossGraph withDividedMeans(LossGraph graph) {
    LossGraph.Builder builder = new LossGraph.Builder();
    int[] copies = new int[graph.nodes().size()];
    for (int i = 0; i < copies.length; i++) {
      if (graph.nodes().get(i) instanceof LossGraph.Application application) {
        int[] operands = application.operands().stream().mapToInt(j -> copies[j]).toArray();
        copies[i] = builder.apply(application.operator(), operands);
        if (application.operator() == Operator.MEAN_NHW) {
          int labels = builder.apply(Operator.MEAN_NHW, builder.input(LossGraph.LABEL));
          int share = builder.apply(Operator.MEAN_C, labels); // 1 / C
          copies[i] = builder.apply(Operator.MUL, share, copies[i]);
        }
      } else {
        copies[i] = builder.input(((LossGraph.Input) graph.nodes().get(i)).name());
      }
    }
    return builder.build(copies[copies.length - 1]);
  }

  private static LossGraph graph(ObjectNode artefact, LossInput input) {
    if (artefact.has("nodes")) {
      return LossGraph.fromJson(artefact.get("nodes"));
    }
    JsonNode expression = artefact.path("expression");
    if (!expression.isTextual()) {
      throw new IllegalArgumentException("nodes: expected nodes or an expression, got neither");
    }
    return LossGraph.parse(expression.textValue(), PairGraphLoss.inputs(input));
  }
}

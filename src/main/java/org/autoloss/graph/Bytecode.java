package org.autoloss.graph;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;
import org.autoloss.loss.LossInput;

/**
 * What the native interpreter reads: three int32 per node, {@code code, a, b}, in the order of
 * {@link LossGraph#nodes}; the last node is the root.
 *
 * <p>{@code code} is the operator's ordinal in {@link Operator} (0 to 13), or 14 for {@code y}, 15
 * for {@code yhat}, 16 for the constant 1, 17 to 19 for {@code i}, {@code u}, {@code e}. {@code a}
 * and {@code b} are indices of earlier nodes, -1 where there is no such operand. The native twin of
 * this table is {@code native/common/graph_code.h}.
 */
final class Bytecode {
  /** How many int32 a node takes. */
  static final int STRIDE = 3;

  /** The largest number of nodes that the native interpreter takes. */
  static final int MAX_NODES = 64;

  private static final List<String> INPUTS =
      List.of(
          LossGraph.LABEL,
          LossGraph.PREDICTION,
          LossGraph.ONE,
          PairGraphLoss.INTERSECTION,
          PairGraphLoss.UNION,
          PairGraphLoss.ENCLOSING);
  private static final int NONE = -1;

  private Bytecode() {}

  /**
   * The code of a graph.
   *
   * @param graph a graph on the inputs of segmentation
   * @return {@link #STRIDE} numbers per node
   * @throws IllegalArgumentException if it has another input or more than {@link #MAX_NODES} nodes
   */
  static int[] of(LossGraph graph) {
    return of(graph, LossInput.CLASSES);
  }

  /**
   * The code of a graph of a branch.
   *
   * @param graph a graph
   * @param branch which inputs it may have
   * @return {@link #STRIDE} numbers per node
   * @throws IllegalArgumentException if it has another input or more than {@link #MAX_NODES} nodes
   */
  static int[] of(LossGraph graph, LossInput branch) {
    List<Node> nodes = graph.nodes();
    if (nodes.size() > MAX_NODES) {
      throw new IllegalArgumentException(
          "graph: expected at most " + MAX_NODES + " nodes, got " + nodes.size());
    }
    int[] code = new int[STRIDE * nodes.size()];
    Arrays.fill(code, NONE);
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i) instanceof Application application) {
        code[STRIDE * i] = application.operator().ordinal();
        for (int k = 0; k < application.operands().size(); k++) {
          code[STRIDE * i + 1 + k] = application.operands().get(k);
        }
      } else {
        code[STRIDE * i] = input(((Input) nodes.get(i)).name(), branch);
      }
    }
    return code;
  }

  private static int input(String name, LossInput branch) {
    Collection<String> possible = BranchGraphs.inputs(branch);
    if (!possible.contains(name)) {
      String kind = branch == LossInput.CLASSES ? "segmentation" : branch.label();
      throw new IllegalArgumentException(
          "graph: expected the inputs "
              + String.join(", ", possible)
              + " of "
              + kind
              + ", got '"
              + name
              + "'");
    }
    return Operator.values().length + INPUTS.indexOf(name);
  }
}

package org.autoloss.graph;

import java.util.Collection;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;

/** Loss graphs for each kind of branch: what they read, and the losses that they are. */
public final class BranchGraphs {
  private BranchGraphs() {}

  /**
   * Whether graphs can be losses of a branch.
   *
   * @param input what the branch's loss compares
   * @return false for deltas of boxes, whose graphs see the boxes themselves
   */
  public static boolean supports(LossInput input) {
    return input != LossInput.DELTAS;
  }

  /**
   * The inputs of graphs.
   *
   * @param input what the branch's loss compares
   * @return their names
   * @throws IllegalArgumentException if there is no loss of a graph for it
   */
  public static Collection<String> inputs(LossInput input) {
    require(input);
    return PairGraphLoss.inputs(input);
  }

  /**
   * The loss of a graph.
   *
   * @param input what the branch's loss compares
   * @param graph on {@link #inputs}, of at most 64 nodes
   * @param eps the constant of inverses, logarithms and roots, 1e-30 to 1
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if there is no loss of a graph for it, or the graph or eps is
   *     not as said
   */
  public static Loss loss(LossInput input, LossGraph graph, double eps) {
    require(input);
    return input == LossInput.CLASSES
        ? GraphLoss.of(graph, eps)
        : PairGraphLoss.of(graph, input, eps);
  }

  private static void require(LossInput input) {
    if (!supports(input)) {
      throw new IllegalArgumentException(
          "branch: expected one of classes, boxes, binary or heatmap, for which there are loss"
              + " graphs, got one of "
              + input.label());
    }
  }
}

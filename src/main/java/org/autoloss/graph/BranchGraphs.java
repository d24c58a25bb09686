package org.autoloss.graph;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
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
   * Reads the text form of a graph of any branch.
   *
   * @param text for example {@code add(1,neg(mul(i,inv(u))))}
   * @return the graph
   * @throws IllegalArgumentException if the text is malformed; the message points at the place
   */
  public static LossGraph parse(String text) {
    Set<String> all = new LinkedHashSet<>(LossGraph.SEGMENTATION_INPUTS);
    all.addAll(PairGraphLoss.inputs(LossInput.BOXES));
    return LossGraph.parse(text, all);
  }

  /**
   * Refuses a graph that cannot be a loss of a branch.
   *
   * @param graph any
   * @param input what the branch's loss compares
   * @throws IllegalArgumentException if the graph reads something else
   */
  public static void requireInputs(LossGraph graph, LossInput input) {
    if (!inputs(input).containsAll(graph.inputs())) {
      throw new IllegalArgumentException(
          "graph: expected the inputs "
              + String.join(", ", inputs(input))
              + " of "
              + input.label()
              + ", got "
              + graph);
    }
  }

  /**
   * Draws graphs of a branch, of the operators that mean something there: a pool of what has no
   * neighbours repeats its operand, as a mean over the classes does where there is one.
   *
   * @param input what the branch's loss compares
   * @param pools whether there are maps with neighbours
   * @param maxDepth the largest depth of a graph, 1 to 10
   * @return the generator
   * @throws IllegalArgumentException if there is no loss of a graph for the input, or the depth is
   *     out of range
   */
  public static GraphGenerator generator(LossInput input, boolean pools, int maxDepth) {
    Collection<Operator> operators =
        Arrays.stream(Operator.values())
            .filter(each -> pools || each.kind() != Operator.Kind.POOL)
            .filter(each -> input != LossInput.BOXES || each != Operator.MEAN_C)
            .toList();
    return new GraphGenerator(inputs(input), operators, maxDepth);
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

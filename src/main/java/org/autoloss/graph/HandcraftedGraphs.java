package org.autoloss.graph;

import java.util.List;
import java.util.Set;
import org.autoloss.loss.LossInput;

/** Losses that people have made, as graphs: an evolution may begin with them. */
public final class HandcraftedGraphs {
  private static final List<String> CLASSES =
      List.of(
          // cross entropy
          "neg(mul(y,log(yhat)))",
          // focal loss with gamma 2
          "neg(mul(y,mul(square(add(1,neg(yhat))),log(yhat))))",
          // Dice of each class, with squares
          "neg(mul(mean_nhw(mul(y,yhat)),inv(add(mean_nhw(square(yhat)),mean_nhw(y)))))",
          // intersection over union of each class
          "neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,mul(yhat,add(1,neg(y))))))))",
          // accuracy of each class
          "neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(y))))",
          // squared error
          "square(add(y,neg(yhat)))",
          // absolute error
          "abs(add(y,neg(yhat)))");
  private static final List<String> BINARY =
      List.of(CLASSES.get(0), CLASSES.get(1), CLASSES.get(5));
  private static final List<String> HEATMAP = List.of(CLASSES.get(5), CLASSES.get(6));
  private static final List<String> BOXES =
      List.of(
          // IoU
          "neg(mul(i,inv(u)))",
          // its logarithm
          "neg(log(mul(i,inv(u))))",
          // GIoU
          "neg(add(mul(i,inv(u)),mul(u,inv(e))))");

  private HandcraftedGraphs() {}

  /**
   * The graphs for a branch.
   *
   * @param input what the branch's loss compares
   * @return at least one
   * @throws IllegalArgumentException if graphs cannot be losses of it
   */
  public static List<LossGraph> of(LossInput input) {
    Set<String> inputs = Set.copyOf(BranchGraphs.inputs(input)); // refuses what no graph compares
    List<String> texts =
        switch (input) {
          case CLASSES -> CLASSES;
          case BINARY -> BINARY;
          case HEATMAP -> HEATMAP;
          default -> BOXES;
        };
    return texts.stream().map(text -> LossGraph.parse(text, inputs)).toList();
  }
}

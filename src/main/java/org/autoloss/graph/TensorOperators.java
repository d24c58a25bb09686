package org.autoloss.graph;

import static org.bytedeco.pytorch.global.torch.max_pool2d;

import java.util.List;
import java.util.Map;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** A graph as libtorch operations on {@code [N,C,H,W]}, differentiated by libtorch. */
final class TensorOperators {
  private static final long[] PIXELS = {0, 2, 3};
  private static final long[] ONE = {1, 1};
  private static final long[] WINDOW = {3, 3};
  private static final long CLASSES = 1;

  private final double eps;

  TensorOperators(double eps) {
    this.eps = eps;
  }

  /**
   * The root of a graph, in the current scope.
   *
   * @param inputs by name, all of one shape
   */
  Tensor root(LossGraph graph, Map<String, Tensor> inputs) {
    List<Node> nodes = graph.nodes();
    Tensor[] values = new Tensor[nodes.size()];
    for (int i = 0; i < values.length; i++) {
      if (nodes.get(i) instanceof Application application) {
        List<Integer> operands = application.operands();
        Tensor first = values[operands.get(0)];
        values[i] =
            application.operator().arity() == 2
                ? binary(application.operator(), first, values[operands.get(1)])
                : unary(application.operator(), first);
      } else {
        values[i] = inputs.get(((Input) nodes.get(i)).name());
      }
    }
    return values[values.length - 1];
  }

  private static Tensor binary(Operator operator, Tensor x, Tensor y) {
    return operator == Operator.ADD ? x.add(y) : x.mul(y);
  }

  private Tensor unary(Operator operator, Tensor x) {
    return switch (operator) {
      case NEG -> x.neg();
      case ABS -> x.abs();
      case INV -> x.add(new Scalar(eps)).reciprocal();
      case LOG -> x.sign().mul(x.abs().add(new Scalar(eps)).log());
      case EXP -> x.exp();
      case TANH -> x.tanh();
      case SQUARE -> x.square();
      case SQRT -> x.sign().mul(x.abs().add(new Scalar(eps)).sqrt());
      case MEAN_NHW -> x.mean(PIXELS, true, none()).expand_as(x);
      case MEAN_C -> x.mean(new long[] {CLASSES}, true, none()).expand_as(x);
      case MAXPOOL3 -> max_pool2d(x, WINDOW, ONE, ONE, ONE, false);
      case MINPOOL3 -> max_pool2d(x.neg(), WINDOW, ONE, ONE, ONE, false).neg();
      default -> throw new AssertionError(operator + " takes two operands");
    };
  }

  private static org.bytedeco.pytorch.ScalarTypeOptional none() {
    return new org.bytedeco.pytorch.ScalarTypeOptional();
  }
}

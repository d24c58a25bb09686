package org.autoloss.graph;

import static org.bytedeco.pytorch.global.torch.max_pool2d;

import java.util.List;
import java.util.Map;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * A graph as libtorch operations on {@code [N,C,H,W]}, differentiated by libtorch. Maps of {@code
 * [H,W]} may be absent: then means are over those that are there.
 */
final class TensorOperators {
  private static final long[] PIXELS = {0, 2, 3};
  private static final long[] ONE = {1, 1};
  private static final long[] WINDOW = {3, 3};
  private static final long[] CLASSES = {1};

  private final double eps;
  private final Tensor present;

  /**
   * Operators.
   *
   * @param eps the constant of inverses, logarithms and roots
   * @param present {@code [N,C,1,1]} float64, 1 for maps that are there, else 0; null for all
   */
  TensorOperators(double eps, Tensor present) {
    this.eps = eps;
    this.present = present;
  }

  /** The maps that are there, and 0: whatever the others hold, NaN as well, goes nowhere. */
  Tensor withoutAbsent(Tensor x) {
    return present == null ? x : x.masked_fill(present.eq(new Scalar(0)), new Scalar(0.0));
  }

  /** The mean over samples and pixels, {@code [1,C,1,1]}. */
  Tensor meanOverPixels(Tensor x) {
    return mean(x, PIXELS);
  }

  private Tensor mean(Tensor x, long[] over) {
    Tensor mean = withoutAbsent(x).mean(over, true, none());
    // Those that are there are this part of all; where there is none, the mean is 0.
    return present == null
        ? mean
        : mean.div(present.mean(over, true, none()).clamp_min(new Scalar(Double.MIN_NORMAL)));
  }

  // Without the absent maps, through which an infinite value's gradient would reach the mean.
  private Tensor spread(Tensor mean, Tensor x) {
    return withoutAbsent(mean.expand_as(x));
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
      case MEAN_NHW -> spread(mean(x, PIXELS), x);
      case MEAN_C -> spread(mean(x, CLASSES), x);
      case MAXPOOL3 -> max_pool2d(x, WINDOW, ONE, ONE, ONE, false);
      case MINPOOL3 -> max_pool2d(x.neg(), WINDOW, ONE, ONE, ONE, false).neg();
      default -> throw new AssertionError(operator + " takes two operands");
    };
  }

  private static ScalarTypeOptional none() {
    return new ScalarTypeOptional();
  }
}

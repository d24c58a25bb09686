package org.autoloss.graph;

import static org.bytedeco.pytorch.global.torch.scalar_tensor;

import org.autoloss.global.ops;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.TensorPlace;
import org.autoloss.loss.box.BoxTensors;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss graph on areas of boxes by one native operation, value and gradient in float64; on a GPU
 * on libtorch's current stream.
 */
final class BoxGraph {
  private static final int SIDES = 4;

  private final IntPointer code; // freed with this object
  private final double eps;

  BoxGraph(LossGraph graph, double eps) {
    // outlives its maker's scope
    code = new IntPointer(Bytecode.of(graph, LossInput.BOXES)).retainReference();
    this.eps = eps;
  }

  /**
   * The value, and the gradient by what is predicted.
   *
   * @param value 0-dimensional
   * @param gradient {@code [N,4]}; null where it is not wanted
   */
  record Result(Tensor value, Tensor gradient) {}

  /**
   * Evaluates the graph, in the current scope.
   *
   * @param predicted {@code [N,4]}
   * @param target {@code [N,4]}
   * @param learns whether the gradient is wanted
   * @param type of both results
   */
  Result evaluate(Tensor predicted, Tensor target, boolean learns, ScalarType type) {
    long n = BoxTensors.count("predicted", predicted);
    Tensor from = predicted.detach().to(ScalarType.Double).contiguous();
    Tensor to = target.detach().to(ScalarType.Double).contiguous();
    BoxTensors.require("target", to, ScalarType.Double, from);
    Tensor gradient = learns ? BoxTensors.beside(from, ScalarType.Double, n, SIDES) : null;
    Tensor value = value(from, to, gradient);
    return new Result(value.to(type), learns ? gradient.to(type) : null);
  }

  private Tensor value(Tensor from, Tensor to, Tensor gradient) {
    TensorPlace at = TensorPlace.of(from);
    Tensor there = from.is_cpu() ? null : BoxTensors.beside(from, ScalarType.Double, new long[0]);
    double[] here = new double[1];
    TensorPlace.run(() -> here[0] = call(from, to, there, gradient, at));
    return there == null
        ? scalar_tensor(new Scalar(here[0]), new TensorOptions(ScalarType.Double))
        : there;
  }

  private double call(Tensor from, Tensor to, Tensor value, Tensor gradient, TensorPlace at) {
    DoublePointer slot = value == null ? null : value.data_ptr_double();
    DoublePointer slopes = gradient == null ? null : gradient.data_ptr_double();
    return ops.box_graph_loss(
        code,
        code.limit() / Bytecode.STRIDE,
        eps,
        from.data_ptr_double(),
        to.data_ptr_double(),
        from.size(0),
        slot,
        slopes,
        at.device(),
        at.stream());
  }
}

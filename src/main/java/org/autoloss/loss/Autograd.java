package org.autoloss.loss;

import org.autoloss.global.ops;
import org.autoloss.internal.OwnGradient;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;

/**
 * Ties a value and a gradient that were computed elsewhere into libtorch's autograd.
 *
 * <p>Java cannot define a node of libtorch's graph. So an existing node is borrowed, that of the
 * dot product, whose backward pass is {@code gradient * saved operand}; {@code tie_gradient} of
 * {@code ops.h} says how. It is native code, since each tensor that Java gets hold of costs as much
 * as a small loss.
 *
 * <p>What the backward pass costs is one product of the gradient and the scalar that flows in. That
 * scalar is mostly 1. Large gradients on the CPU therefore go another way, {@link OwnGradient},
 * whose calls back into Java cost more than a small product and less than a large one.
 *
 * <p>The gradient is a constant to libtorch, so a second derivative through it would be wrong
 * without a word. Therefore it is made to look like a function of the logits, whose derivative a
 * hook finds where there is a kernel for it ({@code derive_pixels}), and else ends with an
 * exception ({@code refuse_derivative}).
 */
final class Autograd {
  /** From how many elements on the product costs more than some 50 us of calls. */
  static final long LARGE = 1 << 19;

  private Autograd() {}

  private static Tensor kept(Tensor tensor) {
    tensor.retainReference(); // outlives the scope of the first caller
    return tensor;
  }

  /** What the derivative of a gradient is. */
  interface Curvature {
    /** None: a second derivative ends with an exception. */
    Curvature REFUSED =
        new Curvature() {
          @Override
          public void give(Tensor gradient, Tensor logits) {
            ops.refuse_derivative(gradient, logits);
          }

          @Override
          public void tie(Tensor logits, Tensor gradient, double value, Tensor loss) {
            ops.tie_gradient(logits, gradient, null, value, loss);
          }
        };

    /** Makes a gradient, which has no graph, a function of the logits with that derivative. */
    void give(Tensor gradient, Tensor logits);

    /** Makes a loss of a gradient that is such a function. */
    void tie(Tensor logits, Tensor gradient, double value, Tensor loss);
  }

  /** A gradient that is handed out where it is what is asked for and nobody will ask again. */
  private static final class Kept implements OwnGradient.Backward {
    private final Tensor gradient;
    private final Tensor function; // the same, as a function of the logits

    Kept(Tensor logits, Tensor gradient, Curvature curvature) {
      this.gradient = kept(gradient.detach()); // counts as another use of the memory
      function = kept(gradient.detach());
      curvature.give(function, logits);
    }

    @Override
    public Tensor gradient(Tensor upstream, boolean last) {
      if (GradMode.is_enabled()) { // a graph is wanted
        return function.mul(upstream);
      }
      return last && upstream.item_float() == 1 ? gradient : gradient.mul(upstream);
    }

    @Override
    public boolean hasGraph() {
      return true;
    }

    @Override
    public void release() {
      gradient.releaseReference();
      function.releaseReference();
    }
  }

  /**
   * A scalar on the CPU that is {@code value} and whose derivative by {@code logits} is {@code
   * gradient}.
   *
   * @param logits a float32 tensor on the CPU that requires a gradient, of any strides
   * @param gradient of the logits' sizes; kept by the graph until its backward pass is over
   * @param value the scalar
   * @return a new 0-dimensional tensor, in the current scope
   */
  static Tensor attach(Tensor logits, Tensor gradient, double value) {
    return attach(logits, gradient, value, Curvature.REFUSED);
  }

  /**
   * The same with a second derivative.
   *
   * @param logits a float32 tensor on the CPU that requires a gradient, of any strides
   * @param gradient of the logits' sizes; kept by the graph until its backward pass is over
   * @param value the scalar
   * @param curvature the gradient's derivative
   * @return a new 0-dimensional tensor, in the current scope
   */
  static Tensor attach(Tensor logits, Tensor gradient, double value, Curvature curvature) {
    if (logits.numel() >= LARGE) {
      return handingOut(logits, gradient, value, curvature);
    }
    Tensor loss = new Tensor();
    curvature.tie(logits, gradient, value, loss);
    return loss;
  }

  /**
   * The same without the product: the backward pass of a graph that is not retained hands out the
   * gradient itself where 1 flows in. Whoever holds {@code gradient} must not write to it while its
   * storage has other users.
   *
   * @param logits a float32 tensor on the CPU that requires a gradient, of any strides
   * @param gradient of the logits' sizes; kept until the backward pass is over
   * @param value the scalar
   * @return a new 0-dimensional tensor, in the current scope
   */
  static Tensor handingOut(Tensor logits, Tensor gradient, double value) {
    return handingOut(logits, gradient, value, Curvature.REFUSED);
  }

  private static Tensor handingOut(
      Tensor logits, Tensor gradient, double value, Curvature curvature) {
    return OwnGradient.attach(logits, value, new Kept(logits, gradient, curvature));
  }

  /**
   * A scalar that is {@code value} and whose derivative by {@code logits} is {@code gradient}.
   *
   * @param logits a tensor that requires a gradient, of any strides
   * @param gradient float32, or float64 or bfloat16 as the logits are, of their sizes, on their
   *     device; kept by the graph until its backward pass is over. Logits of another type get it
   *     converted, after the product
   * @param value 0-dimensional, float32, or float64 as the gradient is, on the same device
   * @return a new tensor with the value's data, in the current scope
   */
  static Tensor attach(Tensor logits, Tensor gradient, Tensor value) {
    Tensor loss = new Tensor();
    ops.tie_gradient(logits, gradient, value, 0, loss);
    return loss;
  }
}

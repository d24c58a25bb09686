package org.autoloss.loss;

import org.autoloss.global.ops;
import org.autoloss.internal.OwnGradient;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

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
 * without a word. Therefore the saved operand is made a function of the logits once the product has
 * recorded that it is none, with its version set back. The first backward pass does not see that;
 * where a graph of it is wanted, {@code create_graph}, a second one comes to the saved operand on
 * its way to the logits, and there finds a hook that throws. That hook is one for all losses and is
 * never freed.
 */
final class Autograd {
  private static final Tensor UNDEFINED = kept(new Tensor());

  /** The saved operand of the loss that a thread is tying, undefined between two. */
  private static final ThreadLocal<Tensor> OPERAND =
      ThreadLocal.withInitial(() -> kept(new Tensor()));

  private static final TensorTensorHook REFUSAL = new Refusal();

  /** From how many elements on the product costs more than some 50 us of calls. */
  static final long LARGE = 1 << 19;

  private Autograd() {}

  private static Tensor kept(Tensor tensor) {
    tensor.retainReference(); // outlives the scope of the first caller
    return tensor;
  }

  /** A gradient that is handed out where it is what is asked for and nobody will ask again. */
  private static final class Kept implements OwnGradient.Backward {
    private final Tensor logits;
    private final Tensor gradient;

    Kept(Tensor logits, Tensor gradient) {
      this.logits = kept(new Tensor(logits));
      this.gradient = kept(gradient.detach()); // counts as another use of the memory
    }

    @Override
    public Tensor gradient(Tensor upstream, boolean last) {
      if (GradMode.is_enabled()) { // a graph is wanted: that of the product, and none behind it
        return OwnGradient.attach(logits, gradient, new Refused()).mul(upstream);
      }
      return last && upstream.item_float() == 1 ? gradient : gradient.mul(upstream);
    }

    @Override
    public boolean hasGraph() {
      return true;
    }

    @Override
    public void release() {
      logits.releaseReference();
      gradient.releaseReference();
    }
  }

  /** What the gradient leads back to: nothing that could be differentiated. */
  private static final class Refused implements OwnGradient.Backward {
    @Override
    public Tensor gradient(Tensor upstream, boolean last) {
      throw new NoSecondDerivative();
    }

    @Override
    public boolean hasGraph() {
      return true;
    }
  }

  /** Ends a second backward pass. */
  private static final class Refusal extends TensorTensorHook {
    Refusal() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase gradient) {
      throw new NoSecondDerivative();
    }
  }

  /** Its text is what {@code backward} throws: libtorch hands on no more of an exception. */
  private static final class NoSecondDerivative extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      return "loss: expected to be differentiated once, got a second derivative through a loss that"
          + " has none; use a loss made of libtorch operations there, such as ce, or differentiate"
          + " without create_graph";
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
    if (logits.numel() >= LARGE) {
      return handingOut(logits, gradient, value);
    }
    return product(logits, gradient, null, value);
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
    return OwnGradient.attach(logits, value, new Kept(logits, gradient));
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
    return product(logits, gradient, value, 0);
  }

  private static Tensor product(Tensor logits, Tensor gradient, Tensor value, double number) {
    Tensor loss = new Tensor();
    Tensor operand = OPERAND.get();
    try {
      ops.tie_gradient(logits, gradient, value, number, operand, loss);
      operand.unsafeGetTensorImpl().version_counter().set_version(0);
      operand.register_hook(REFUSAL);
    } finally {
      operand.put(UNDEFINED);
    }
    return loss;
  }
}

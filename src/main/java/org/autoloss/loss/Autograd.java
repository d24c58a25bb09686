package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.scalar_tensor;
import static org.bytedeco.pytorch.global.torch.zeros;

import org.autoloss.internal.OwnGradient;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorTensorHook;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Ties a value and a gradient that were computed elsewhere into libtorch's autograd.
 *
 * <p>Java cannot define a node of libtorch's graph. So an existing node is borrowed, that of the
 * dot product, whose backward pass is {@code gradient * saved operand}:
 *
 * <ol>
 *   <li>a view of the logits has a gradient function that has recorded the logits' sizes; its data
 *       are then swapped for a tensor of one element, so that the product itself costs nothing;
 *   <li>the product's saved operand is swapped for the gradient;
 *   <li>the product's data, which its node does not keep, become the loss's value.
 * </ol>
 *
 * What the backward pass costs is one product of the gradient and the scalar that flows in. That
 * scalar is mostly 1. Large gradients on the CPU therefore go another way, {@link OwnGradient},
 * whose calls back into Java cost more than a small product and less than a large one.
 *
 * <p>The gradient is a constant to libtorch, so a second derivative through it would be wrong
 * without a word. Therefore the saved operand is made a function of the logits once the product has
 * recorded that it is none: added to in place, with its version set back. The first backward pass
 * does not see that; where a graph of it is wanted, {@code create_graph}, a second one comes to the
 * saved operand on its way to the logits, and there finds a hook that throws. That hook is one for
 * all losses and is never freed. It costs no further tensor, one addition and two calls.
 */
final class Autograd {
  /** Takes the place of data on the CPU that need not be there; 0 for ever, whoever adds it. */
  private static final Tensor NONE = kept(zeros(1));

  private static final TensorTensorHook REFUSAL = new Refusal();

  /** From how many elements on the product costs more than some 80 us of calls. */
  static final long LARGE = 1 << 20;

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
   * gradient}. Each tensor that is not made counts: a small call costs as much as its crossings.
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
    Tensor loss = product(logits, gradient, NONE);
    loss.data_ptr_float().put((float) value);
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
    Tensor result = scalar_tensor(new Scalar(value), new TensorOptions(ScalarType.Float));
    return OwnGradient.attach(logits, result, new Kept(logits, gradient));
  }

  /**
   * A scalar that is {@code value} and whose derivative by {@code logits} is {@code gradient}.
   *
   * @param logits a tensor that requires a gradient, of any strides
   * @param gradient float32, or float64 as the logits are, of their sizes, on their device; kept by
   *     the graph until its backward pass is over. Logits of another type get it converted, after
   *     the product
   * @param value 0-dimensional, of the gradient's type, on the same device
   * @return a new tensor with the value's data, in the current scope
   */
  static Tensor attach(Tensor logits, Tensor gradient, Tensor value) {
    Tensor none = empty(new long[] {1}, value.options(), new MemoryFormatOptional());
    Tensor loss = product(logits, gradient, none);
    loss.set_data(value);
    return loss;
  }

  private static Tensor product(Tensor logits, Tensor gradient, Tensor none) {
    Tensor here = logits.view_as(logits);
    here.set_data(none);
    Tensor saved = none.variable_data(); // with a version of its own
    Tensor loss = here.dot(saved);
    saved.add_(here);
    saved.unsafeGetTensorImpl().version_counter().set_version(0);
    saved.register_hook(REFUSAL);
    saved.set_data(gradient);
    return loss;
  }
}

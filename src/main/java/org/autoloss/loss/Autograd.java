package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.empty;

import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Ties a value and a gradient that were computed elsewhere into libtorch's autograd.
 *
 * <p>Java cannot define a node of libtorch's graph, and hooks that call back into Java have no safe
 * lifetime: libtorch keeps a bare pointer to them. So an existing node is borrowed, that of the dot
 * product, whose backward pass is {@code gradient * saved operand}:
 *
 * <ol>
 *   <li>a view of the logits has a gradient function that has recorded the logits' sizes; its data
 *       are then swapped for an empty tensor, so that the product itself costs nothing;
 *   <li>the product's saved operand is swapped for the gradient;
 *   <li>the product's data, which its node does not keep, become the loss's value.
 * </ol>
 *
 * What the backward pass costs is one product of the gradient and the scalar that flows in. What is
 * given up: a second derivative (libtorch then says that the gradient does not require a gradient).
 */
final class Autograd {
  /** Of no elements: what takes the place of data on the CPU that need not be there. */
  private static final Tensor NONE = kept(empty(0));

  private Autograd() {}

  private static Tensor kept(Tensor tensor) {
    tensor.retainReference(); // outlives the scope of whoever comes first
    return tensor;
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
    Tensor loss = product(logits, gradient, NONE);
    loss.data_ptr_float().put((float) value);
    return loss;
  }

  /**
   * A scalar that is {@code value} and whose derivative by {@code logits} is {@code gradient}.
   *
   * @param logits a tensor that requires a gradient, of any strides
   * @param gradient float32 of the logits' sizes, on their device; kept by the graph until its
   *     backward pass is over. Logits of another type get it converted, after the product
   * @param value 0-dimensional float32 on the same device
   * @return a new tensor with the value's data, in the current scope
   */
  static Tensor attach(Tensor logits, Tensor gradient, Tensor value) {
    Tensor none = empty(new long[] {0}, value.options(), new MemoryFormatOptional());
    Tensor loss = product(logits, gradient, none);
    loss.set_data(value);
    return loss;
  }

  private static Tensor product(Tensor logits, Tensor gradient, Tensor none) {
    Tensor here = logits.view_as(logits);
    here.set_data(none);
    Tensor saved = none.detach();
    Tensor loss = here.dot(saved);
    saved.set_data(gradient);
    return loss;
  }
}

package org.autoloss.loss;

import java.util.Arrays;
import org.autoloss.internal.ElementTypes;
import org.autoloss.internal.Natives;
import org.autoloss.internal.Scoped;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss that compares two tensors of one shape, boxes or maps, composed of libtorch operations and
 * differentiated by libtorch, or with a gradient of its own.
 *
 * <p>What is predicted and its target have the shape that {@link LossInput} says, and are float32;
 * float64 is taken as well, for checks. On a GPU, predictions may also be float16 or bfloat16. A
 * batch without elements has the value 0.
 *
 * <p>Heat maps may be left out, see {@link Pair#present}.
 */
public abstract class PairLoss implements Loss {
  private final LossInput input;
  private volatile boolean closed;

  /**
   * For subclasses.
   *
   * @param input what is compared; not {@link LossInput#CLASSES}
   */
  protected PairLoss(LossInput input) {
    Natives.loadKernels();
    this.input = input;
  }

  /**
   * The loss of a batch that is not empty. Called by several threads at once, within a scope that
   * frees what it leaves behind.
   *
   * @param predicted as the input says
   * @param target of the same shape
   * @return a 0-dimensional tensor
   */
  protected abstract Tensor compute(Tensor predicted, Tensor target);

  /**
   * The loss of a batch of heat maps of which some are left out. Unless a loss knows better, these
   * are 0 in what is predicted and in the target, so that they do not differ; a mean over all maps
   * keeps its divisor, as in mmpose's losses with target weights.
   *
   * @param predicted {@code [N,K,H,W]}
   * @param target of the same shape
   * @param present {@code [N,K,1,1]} of the same type and device, 1 for maps that are there, else 0
   * @return a 0-dimensional tensor
   */
  protected Tensor compute(Tensor predicted, Tensor target, Tensor present) {
    Tensor absent = present.eq(new Scalar(0));
    Scalar nothing = new Scalar(0.0);
    return compute(predicted.masked_fill(absent, nothing), target.masked_fill(absent, nothing));
  }

  /**
   * A value whose gradient was computed with it.
   *
   * @param predicted what requires the gradient
   * @param gradient of the sizes of what is predicted, and of its type; float32 for lesser ones
   * @param value 0-dimensional, of the gradient's type and device
   * @return a new tensor with the value's data, in the current scope; it has no second derivative
   */
  protected static Tensor withGradient(Tensor predicted, Tensor gradient, Tensor value) {
    return Autograd.attach(predicted, gradient, value);
  }

  @Override
  public final LossInput input() {
    return input;
  }

  @Override
  public final Tensor apply(Tensor predicted, Tensor target) {
    return apply(new Pair(predicted, target));
  }

  @Override
  public final Tensor apply(Pair pair) {
    Tensor predicted = pair.predicted();
    Tensor target = pair.target();
    if (closed) {
      throw new IllegalStateException("loss: expected an open loss, got a closed one");
    }
    requireShape("predicted", predicted);
    requireShape("target", target);
    if (!Arrays.equals(predicted.shape(), target.shape())) {
      throw new IllegalArgumentException(
          "target: expected the shape of what is predicted, "
              + Arrays.toString(predicted.shape())
              + ", got "
              + Arrays.toString(target.shape()));
    }
    return Scoped.result(
        () -> {
          Tensor value =
              predicted.numel() == 0
                  ? predicted.sum().mul(new Scalar(0.0))
                  : pair.present() == null
                      ? compute(predicted, target.detach())
                      : compute(predicted, target.detach(), present(predicted, pair.present()));
          // A graph may not look at what is predicted: its gradient is 0 then, and not missing.
          boolean constant = predicted.requires_grad() && !value.requires_grad();
          return constant ? value.add(predicted.sum(), new Scalar(0.0)) : value;
        });
  }

  private Tensor present(Tensor predicted, Tensor present) {
    long[] shape = predicted.shape();
    if (input != LossInput.HEATMAP
        || !Arrays.equals(present.shape(), new long[] {shape[0], shape[1]})) {
      throw new IllegalArgumentException(
          "present: expected one number for each heat map, [N,K], got "
              + Arrays.toString(present.shape())
              + " for "
              + input.label()
              + " of "
              + Arrays.toString(shape));
    }
    Tensor there = present.detach().gt(new Scalar(0)).to(predicted.scalar_type());
    return there.view(shape[0], shape[1], 1, 1);
  }

  private void requireShape(String argument, Tensor tensor) {
    TensorChecks.requireDefined(argument, tensor);
    long[] shape = tensor.shape();
    boolean fits =
        switch (input) {
          case BOXES, DELTAS -> shape.length == 2 && shape[1] == 4;
          case BINARY -> shape.length == 4 && shape[1] == 1;
          default -> shape.length == 4;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          argument + ": expected " + input.shape() + ", got " + Arrays.toString(shape));
    }
    ScalarType type = ElementTypes.of(tensor);
    boolean half = type == ScalarType.Half || type == ScalarType.BFloat16;
    if (type != ScalarType.Float
        && type != ScalarType.Double
        && !(half && tensor.is_cuda() && argument.equals("predicted"))) {
      throw new IllegalArgumentException(
          argument + ": expected float32, got " + LabelType.typeName(type));
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}

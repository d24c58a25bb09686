package org.autoloss.loss;

import java.util.Arrays;
import org.autoloss.internal.Natives;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss that compares two tensors of one shape, boxes or maps, composed of libtorch operations and
 * differentiated by libtorch.
 *
 * <p>What is predicted and its target have the shape that {@link LossInput} says, and are float32;
 * float64 is taken as well, for checks. On a GPU, predictions may also be float16 or bfloat16. A
 * batch without elements has the value 0.
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

  @Override
  public final LossInput input() {
    return input;
  }

  @Override
  public final Tensor apply(Tensor predicted, Tensor target) {
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
    Tensor loss = new Tensor(); // belongs to the caller's scope, if any; all else to ours
    try (PointerScope scope = new PointerScope()) {
      loss.put(
          predicted.numel() == 0
              ? predicted.sum().mul(new Scalar(0.0))
              : compute(predicted, target.detach()));
    }
    return loss;
  }

  private void requireShape(String argument, Tensor tensor) {
    if (tensor == null || tensor.isNull() || !tensor.defined()) {
      throw new IllegalArgumentException(argument + ": expected a tensor, got none");
    }
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
    ScalarType type = tensor.scalar_type().intern();
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

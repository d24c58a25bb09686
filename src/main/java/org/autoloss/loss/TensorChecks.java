package org.autoloss.loss;

import java.util.Arrays;
import org.autoloss.internal.LabelType;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The checks that every loss makes of its tensors. */
final class TensorChecks {
  private TensorChecks() {}

  /**
   * Checks logits against labels.
   *
   * @return the sizes
   */
  static Shape check(Tensor logits, Tensor labels) {
    checkDefined("logits", logits);
    checkDefined("labels", labels);
    if (logits.dim() != 4) {
      throw new IllegalArgumentException(
          "logits: expected 4 dimensions [N,C,H,W], got " + sizes(logits));
    }
    if (logits.scalar_type().intern() != ScalarType.Float) {
      throw new IllegalArgumentException(
          "logits: expected float32, got " + LabelType.typeName(logits.scalar_type()));
    }
    LabelType.of("labels", labels.scalar_type());
    Shape shape = new Shape(logits.size(0), logits.size(1), logits.size(2), logits.size(3));
    boolean fits =
        labels.dim() == 3
            && labels.size(0) == shape.n()
            && labels.size(1) == shape.h()
            && labels.size(2) == shape.w();
    if (!fits) {
      throw new IllegalArgumentException(
          "labels: expected [%d,%d,%d], as the logits are %s, got %s"
              .formatted(shape.n(), shape.h(), shape.w(), shape, sizes(labels)));
    }
    checkCpu("logits", logits);
    checkCpu("labels", labels);
    return shape;
  }

  private static void checkDefined(String argument, Tensor tensor) {
    if (tensor == null || tensor.isNull() || !tensor.defined()) {
      throw new IllegalArgumentException(
          argument + ": expected a tensor, got " + (tensor == null ? "null" : "an undefined one"));
    }
  }

  private static void checkCpu(String argument, Tensor tensor) {
    if (!tensor.is_cpu()) {
      throw new IllegalArgumentException(
          argument
              + ": expected a tensor on the CPU, got one on "
              + tensor.device().str().getString()
              + "; call cpu() first");
    }
  }

  private static String sizes(Tensor tensor) {
    return Arrays.toString(tensor.shape()).replace(" ", "");
  }
}

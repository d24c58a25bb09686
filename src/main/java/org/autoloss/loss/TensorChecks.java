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
    long[] z = logits.shape();
    if (z.length != 4) {
      throw new IllegalArgumentException(
          "logits: expected 4 dimensions [N,C,H,W], got " + sizes(z));
    }
    ScalarType type = logits.scalar_type().intern();
    if (type != ScalarType.Float) {
      throw new IllegalArgumentException(
          "logits: expected float32, got " + LabelType.typeName(type));
    }
    LabelType.of("labels", labels.scalar_type());
    Shape shape = new Shape(z[0], z[1], z[2], z[3]);
    long[] y = labels.shape();
    if (y.length != 3 || y[0] != z[0] || y[1] != z[2] || y[2] != z[3]) {
      throw new IllegalArgumentException(
          "labels: expected [%d,%d,%d], as the logits are %s, got %s"
              .formatted(z[0], z[2], z[3], shape, sizes(y)));
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

  private static String sizes(long[] shape) {
    return Arrays.toString(shape).replace(" ", "");
  }
}

package org.autoloss.loss;

import java.util.Arrays;
import org.autoloss.global.ops;
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
    checkType(logits);
    LabelType.of("labels", labels.scalar_type());
    Shape shape = new Shape(z[0], z[1], z[2], z[3]);
    long[] y = labels.shape();
    if (y.length != 3 || y[0] != z[0] || y[1] != z[2] || y[2] != z[3]) {
      throw new IllegalArgumentException(
          "labels: expected [%d,%d,%d], as the logits are %s, got %s"
              .formatted(z[0], z[2], z[3], shape, sizes(y)));
    }
    checkDevices(logits, labels);
    return shape;
  }

  private static void checkType(Tensor logits) {
    ScalarType type = logits.scalar_type().intern();
    boolean half = type == ScalarType.Half || type == ScalarType.BFloat16;
    if (type == ScalarType.Float || half && logits.is_cuda()) {
      return;
    }
    throw new IllegalArgumentException(
        "logits: expected float32"
            + (logits.is_cuda() ? ", float16 or bfloat16" : "")
            + ", got "
            + LabelType.typeName(type));
  }

  private static void checkDevices(Tensor logits, Tensor labels) {
    if (!logits.is_cuda()) {
      checkCpu("logits", logits);
      checkCpu("labels", labels);
      return;
    }
    if (ops.cuda_device_count() == 0) {
      throw new IllegalArgumentException(
          "logits: expected a tensor on the CPU, as there is "
              + ops.cuda_status().getString()
              + ", got one on "
              + deviceOf(logits)
              + "; call cpu() first");
    }
    if (!deviceOf(labels).equals(deviceOf(logits))) {
      throw new IllegalArgumentException(
          "labels: expected a tensor on "
              + deviceOf(logits)
              + ", where the logits are, got one on "
              + deviceOf(labels));
    }
  }

  private static String deviceOf(Tensor tensor) {
    return tensor.device().str().getString();
  }

  private static void checkDefined(String argument, Tensor tensor) {
    if (tensor == null || tensor.isNull() || !tensor.defined()) {
      throw new IllegalArgumentException(
          argument + ": expected a tensor, got " + (tensor == null ? "null" : "an undefined one"));
    }
  }

  /** Checks that a tensor is in the CPU's memory. */
  static void checkCpu(String argument, Tensor tensor) {
    if (!tensor.is_cpu()) {
      throw new IllegalArgumentException(
          argument
              + ": expected a tensor on the CPU, got one on "
              + deviceOf(tensor)
              + "; call cpu() first");
    }
  }

  private static String sizes(long[] shape) {
    return Arrays.toString(shape).replace(" ", "");
  }
}

package org.autoloss.loss;

import java.util.Arrays;
import java.util.Locale;
import org.autoloss.global.ops;
import org.autoloss.internal.ElementTypes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The checks that losses, metrics and morphology make of their tensors. */
public final class TensorChecks {
  private TensorChecks() {}

  /**
   * Checks logits against labels.
   *
   * @param logits {@code [N,C,H,W]} float32, on a GPU also float16 or bfloat16
   * @param labels {@code [N,H,W]} uint8, int32 or int64, on the same device
   * @return the sizes
   * @throws IllegalArgumentException if a shape, type or device is not as said, or there are fewer
   *     than 2 classes
   */
  public static Shape check(Tensor logits, Tensor labels) {
    requireDefined("logits", logits);
    requireDefined("labels", labels);
    Shape shape = requireClasses(planes("logits", logits));
    requireFloat("logits", logits, logits.is_cuda());
    LabelType.of("labels", labels.scalar_type());
    boolean alike =
        labels.dim() == 3
            && labels.size(0) == shape.n()
            && labels.size(1) == shape.h()
            && labels.size(2) == shape.w();
    if (!alike) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "labels: expected [%d,%d,%d], as the logits are %s, got %s",
              shape.n(),
              shape.h(),
              shape.w(),
              shape,
              sizes(labels.shape())));
    }
    requireUsable("logits", logits);
    if (!logits.is_cuda()) {
      requireCpu("labels", labels);
    } else if (!deviceOf(labels).equals(deviceOf(logits))) {
      throw new IllegalArgumentException(
          "labels: expected a tensor on "
              + deviceOf(logits)
              + ", where the logits are, got one on "
              + deviceOf(labels));
    }
    return shape;
  }

  /**
   * Checks planes of values.
   *
   * @param argument what the tensor is called in messages
   * @param values {@code [N,C,H,W]} float32, on the CPU or a GPU that kernels can use
   * @return the sizes
   * @throws IllegalArgumentException if the shape, type or device is not as said
   */
  public static Shape checkValues(String argument, Tensor values) {
    requireDefined(argument, values);
    Shape shape = planes(argument, values);
    requireFloat(argument, values, false);
    requireUsable(argument, values);
    return shape;
  }

  /**
   * Checks label maps.
   *
   * @param argument what the tensor is called in messages
   * @param labels {@code [N,H,W]} uint8, int32 or int64, on the CPU or a GPU that kernels can use
   * @param classes C
   * @return the sizes
   * @throws IllegalArgumentException if the shape, type or device is not as said
   */
  public static Shape checkLabels(String argument, Tensor labels, long classes) {
    requireDefined(argument, labels);
    long[] y = labels.shape();
    if (y.length != 3) {
      throw new IllegalArgumentException(
          argument + ": expected 3 dimensions [N,H,W], got " + sizes(y));
    }
    LabelType.of(argument, labels.scalar_type());
    requireUsable(argument, labels);
    return new Shape(y[0], classes, y[1], y[2]);
  }

  /**
   * Checks that there are classes to tell apart: softmax over one is constant, so that no loss has
   * a gradient and every metric is perfect.
   *
   * @param shape of logits
   * @return the same shape
   * @throws IllegalArgumentException if there are fewer than 2 classes
   */
  public static Shape requireClasses(Shape shape) {
    if (shape.c() < 2) {
      throw new IllegalArgumentException(
          "logits: expected 2 classes or more (dimension 1), got "
              + shape.c()
              + "; give the background a channel of its own");
    }
    return shape;
  }

  private static Shape planes(String argument, Tensor tensor) {
    if (tensor.dim() != 4) {
      throw new IllegalArgumentException(
          argument + ": expected 4 dimensions [N,C,H,W], got " + sizes(tensor.shape()));
    }
    return new Shape(tensor.size(0), tensor.size(1), tensor.size(2), tensor.size(3));
  }

  private static void requireFloat(String argument, Tensor tensor, boolean halfToo) {
    ScalarType type = ElementTypes.of(tensor);
    boolean half = type == ScalarType.Half || type == ScalarType.BFloat16;
    if (type == ScalarType.Float || half && halfToo) {
      return;
    }
    throw new IllegalArgumentException(
        argument
            + ": expected float32"
            + (halfToo ? ", float16 or bfloat16" : "")
            + ", got "
            + LabelType.typeName(type));
  }

  private static void requireUsable(String argument, Tensor tensor) {
    if (!tensor.is_cuda()) {
      requireCpu(argument, tensor);
    } else if (ops.cuda_device_count() == 0) {
      throw new IllegalArgumentException(
          argument
              + ": expected a tensor on the CPU, as there is "
              + ops.cuda_status().getString()
              + ", got one on "
              + deviceOf(tensor)
              + "; call cpu() first");
    }
  }

  private static String deviceOf(Tensor tensor) {
    return tensor.device().str().getString();
  }

  /** Checks that there is a tensor, with one number in memory for each element. */
  static void requireDefined(String argument, Tensor tensor) {
    if (tensor == null || tensor.isNull() || !tensor.defined()) {
      throw new IllegalArgumentException(
          argument + ": expected a tensor, got " + (tensor == null ? "null" : "an undefined one"));
    }
    if (tensor.is_sparse() || tensor.is_sparse_csr() || tensor.is_mkldnn()) {
      throw new IllegalArgumentException(
          argument
              + ": expected a dense tensor, got one of layout "
              + tensor.layout().intern().toString()
              + "; call to_dense() first");
    }
  }

  private static void requireCpu(String argument, Tensor tensor) {
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

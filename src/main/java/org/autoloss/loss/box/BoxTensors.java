package org.autoloss.loss.box;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.Arrays;
import org.autoloss.loss.LabelType;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Checks of tensors of boxes, and new tensors beside them. */
public final class BoxTensors {
  private static final int SIDES = 4;

  private BoxTensors() {}

  /**
   * How many boxes a tensor holds.
   *
   * @param argument its name
   * @param boxes {@code [N,4]}, on the CPU or on an NVIDIA GPU
   * @return N
   * @throws IllegalArgumentException if it has another shape, or is elsewhere
   */
  public static long count(String argument, Tensor boxes) {
    if (boxes.dim() != 2 || boxes.size(1) != SIDES) {
      throw new IllegalArgumentException(
          argument + ": expected shape [N,4], got " + Arrays.toString(boxes.shape()));
    }
    if (!boxes.is_cpu() && !boxes.is_cuda()) {
      throw new IllegalArgumentException(
          argument + ": expected boxes on the CPU or an NVIDIA GPU, got them on " + device(boxes));
    }
    return boxes.size(0);
  }

  /**
   * Requires an element type and a place.
   *
   * @param argument the tensor's name
   * @param tensor any
   * @param type of its elements
   * @param like where it has to be
   * @throws IllegalArgumentException if it is of another type, or elsewhere
   */
  public static void require(String argument, Tensor tensor, ScalarType type, Tensor like) {
    String expected = LabelType.typeName(type) + " on " + device(like);
    String got = LabelType.typeName(tensor.scalar_type()) + " on " + device(tensor);
    if (!expected.equals(got)) {
      throw new IllegalArgumentException(argument + ": expected " + expected + ", got " + got);
    }
  }

  private static String device(Tensor tensor) {
    return tensor.device().str().getString();
  }

  /**
   * A new tensor without contents.
   *
   * @param like where it is to be
   * @param type of its elements
   * @param shape its sizes
   * @return the tensor, in the current scope
   */
  public static Tensor beside(Tensor like, ScalarType type, long... shape) {
    return empty(
        shape, like.options().dtype(new ScalarTypeOptional(type)), new MemoryFormatOptional());
  }
}

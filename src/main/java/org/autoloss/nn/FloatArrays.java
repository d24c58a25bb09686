package org.autoloss.nn;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Tensors to arrays and back, from and to any device. */
final class FloatArrays {
  private FloatArrays() {}

  static float[] read(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      float[] values = new float[Math.toIntExact(tensor.numel())];
      tensor.cpu().contiguous().data_ptr_float().get(values);
      return values;
    }
  }

  static void write(Tensor tensor, float[] values) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      tensor.copy_(Tensor.create(values, tensor.shape()));
    }
  }
}

package org.autoloss.cli;

import static org.bytedeco.pytorch.global.torch.from_blob;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A loss on arrays, called as a training loop calls it: apply, then backward. */
record LossEvaluation(double value, float[] gradient, int samples) {
  static LossEvaluation of(Loss loss, Npy logits, Npy labels) {
    Libtorch.load();
    float[] z = named("logits", logits::floats);
    int[] y = named("labels", labels::ints);
    try (PointerScope scope = new PointerScope()) {
      TensorOptions ints = new TensorOptions(ScalarType.Int);
      Tensor input = from_blob(new FloatPointer(z), logits.shape()).requires_grad_(true);
      Tensor target = from_blob(new IntPointer(y), labels.shape(), ints);
      Tensor value = loss.apply(input, target);
      float[] gradient = new float[z.length];
      if (value.requires_grad()) {
        value.backward();
      }
      Tensor derivative = input.grad();
      if (gradient.length > 0 && derivative.defined()) { // an empty tensor has no memory to read
        derivative.contiguous().data_ptr_float().get(gradient);
      }
      int samples = logits.shape().length == 0 ? 0 : (int) logits.shape()[0];
      return new LossEvaluation(value.item_double(), gradient, samples);
    }
  }

  private static <T> T named(String argument, Supplier<T> conversion) {
    try {
      return conversion.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(argument + ": " + e.getMessage(), e);
    }
  }

  /** The sum over the gradient of a function of its elements. */
  double sum(DoubleUnaryOperator function) {
    double sum = 0;
    for (float g : gradient) {
      sum += function.applyAsDouble(g);
    }
    return sum;
  }

  /** The Euclidean norm of each sample's gradient. */
  double[] normPerSample() {
    double[] norms = new double[samples];
    int each = samples == 0 ? 0 : gradient.length / samples;
    for (int i = 0; i < each * samples; i++) {
      norms[i / each] += (double) gradient[i] * gradient[i];
    }
    return Arrays.stream(norms).map(Math::sqrt).toArray();
  }
}

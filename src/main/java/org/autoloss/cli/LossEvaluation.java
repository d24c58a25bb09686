package org.autoloss.cli;

import static org.bytedeco.pytorch.global.torch.from_blob;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.QualityLoss;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A loss on arrays, called as a training loop calls it: apply, then backward. */
record LossEvaluation(double value, float[] gradient, int samples) {
  /**
   * Evaluates a loss.
   *
   * @param labels of classes integers, else floats as of the logits
   * @param quality for losses that know one; may be null
   */
  static LossEvaluation of(Loss loss, Npy logits, Npy labels, Npy quality) {
    Libtorch.load();
    boolean classes = loss.input() == LossInput.CLASSES;
    float[] z = named(classes ? "logits" : "predicted", logits::floats);
    try (PointerScope scope = new PointerScope()) {
      Tensor input = from_blob(new FloatPointer(z), logits.shape()).requires_grad_(true);
      Tensor target = classes ? integers(labels) : floats("target", labels);
      Tensor value =
          quality != null && loss instanceof QualityLoss weighed
              ? weighed.apply(input, target, floats("quality", quality))
              : loss.apply(input, target);
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

  private static Tensor integers(Npy labels) {
    int[] y = named("labels", labels::ints);
    return from_blob(new IntPointer(y), labels.shape(), new TensorOptions(ScalarType.Int));
  }

  private static Tensor floats(String argument, Npy values) {
    return from_blob(new FloatPointer(named(argument, values::floats)), values.shape());
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

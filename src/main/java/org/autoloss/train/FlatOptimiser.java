package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.nn.ParameterGroup;
import org.autoloss.nn.Parameters;
import org.autoloss.nn.StateDict;
import org.autoloss.nn.TensorData;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * An optimiser over flat tensors: all parameters of a group at once, since they lie side by side,
 * so that a step is a few operations on long vectors. Nothing waits for the device.
 */
abstract class FlatOptimiser implements Optimiser {
  // What libtorch's clip_grad_norm_ adds to the norm.
  private static final double NORM_EPSILON = 1e-6;

  private final Parameters parameters;
  private final List<ParameterGroup> groups;
  private final TrainingSettings settings;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  FlatOptimiser(Parameters parameters, List<String> heads, TrainingSettings settings) {
    this.parameters = parameters;
    this.settings = settings;
    groups = parameters.groups(heads, settings.optimiser().spareNorms());
  }

  /** A tensor of zeros as long as the parameters, kept until {@link #close}. */
  final Tensor keep(String name) {
    Tensor tensor = zeros_like(parameters.values());
    tensor.retainReference();
    state.put(name, tensor);
    return tensor;
  }

  final OptimiserSettings settings() {
    return settings.optimiser();
  }

  @Override
  public final void zeroGradient() {
    parameters.gradients().zero_();
  }

  @Override
  public final void step(int step) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      clip();
      double rate = settings.learningRate(step);
      for (ParameterGroup group : groups) {
        change(group, group.head() ? rate * settings().headRate() : rate, step);
      }
    }
  }

  /** Changes the parameters of a group, and what is kept for them. */
  abstract void change(ParameterGroup group, double rate, int step);

  final Tensor values(ParameterGroup group) {
    return part(parameters.values(), group);
  }

  final Tensor gradients(ParameterGroup group) {
    return part(parameters.gradients(), group);
  }

  static Tensor part(Tensor flat, ParameterGroup group) {
    return flat.narrow(0, group.offset(), group.count());
  }

  /**
   * A number for a tensor of float32, the largest one for what is beyond: what then overflows is
   * told as a training that met infinity.
   */
  static Scalar scalar(double value) {
    return new Scalar(Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, value)));
  }

  /** What is frozen has a gradient of 0, and no share in the norm. */
  private void clip() {
    if (settings().clip() > 0) {
      Tensor norm = parameters.gradients().norm();
      Tensor factor =
          norm.add(new Scalar(NORM_EPSILON)).reciprocal().mul(scalar(settings().clip()));
      parameters.gradients().mul_(factor.clamp_max(new Scalar(1.0)));
    }
  }

  @Override
  public final StateDict state() {
    Map<String, TensorData> copies = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope()) {
      state.forEach(
          (name, tensor) -> {
            float[] values = new float[Math.toIntExact(tensor.numel())];
            tensor.cpu().data_ptr_float().get(values);
            copies.put(name, TensorData.of(values, values.length));
          });
    }
    return new StateDict(copies, Map.of());
  }

  @Override
  public final void restore(StateDict kept) throws IOException {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      for (Map.Entry<String, Tensor> each : state.entrySet()) {
        each.getValue().copy_(Tensor.create(kept.get(each.getKey()).floats()));
      }
    }
  }

  @Override
  public final void close() {
    state.values().forEach(Tensor::releaseReference);
    state.clear();
  }
}

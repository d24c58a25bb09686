package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.util.List;
import org.autoloss.nn.ParameterGroup;
import org.autoloss.nn.Parameters;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Stochastic gradient descent with momentum, as libtorch's: {@code v = m v + g + w p; p -= rate v},
 * over all parameters of a group at once, since they lie in one tensor.
 */
public final class Sgd implements Optimiser {
  private final Parameters parameters;
  private final List<ParameterGroup> groups;
  private final TrainingSettings settings;
  private final Tensor velocity;

  /**
   * An optimiser without velocity.
   *
   * @param parameters what it changes; closed after this
   * @param settings rate, momentum, weight decay, schedule
   */
  public Sgd(Parameters parameters, TrainingSettings settings) {
    this.parameters = parameters;
    this.settings = settings;
    groups = parameters.groups(List.of(), false);
    velocity = zeros_like(parameters.values());
    velocity.retainReference();
  }

  @Override
  public void zeroGradient() {
    parameters.gradients().zero_();
  }

  @Override
  public void step(int step) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      double rate = settings.learningRate(step);
      for (ParameterGroup group : groups) {
        step(group, rate);
      }
    }
  }

  private void step(ParameterGroup group, double rate) {
    Tensor values = part(parameters.values(), group);
    Tensor gradient = part(parameters.gradients(), group);
    if (group.decayed()) {
      gradient.add_(values, new Scalar(settings.weightDecay()));
    }
    Tensor moving = part(velocity, group);
    moving.mul_(new Scalar(settings.momentum())).add_(gradient);
    values.add_(moving, new Scalar(-rate));
  }

  private static Tensor part(Tensor flat, ParameterGroup group) {
    return flat.narrow(0, group.offset(), group.count());
  }

  @Override
  public void close() {
    velocity.releaseReference();
  }
}

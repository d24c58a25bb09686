package org.autoloss.train;

import java.util.List;
import org.autoloss.nn.ParameterGroup;
import org.autoloss.nn.Parameters;
import org.bytedeco.pytorch.Tensor;

/**
 * Stochastic gradient descent with momentum, as libtorch's: {@code v = m v + g + w p; p -= rate v}.
 */
public final class Sgd extends FlatOptimiser {
  private final Tensor velocity = keep("velocity");

  /**
   * An optimiser without velocity, for which all parameters are alike.
   *
   * @param parameters what it changes; closed after this
   * @param settings rate, momentum, weight decay, schedule
   */
  public Sgd(Parameters parameters, TrainingSettings settings) {
    this(parameters, List.of(), settings);
  }

  /**
   * An optimiser without velocity.
   *
   * @param parameters what it changes; closed after this
   * @param heads paths of the modules that have a learning rate of their own
   * @param settings rate, momentum, weight decay, schedule
   */
  public Sgd(Parameters parameters, List<String> heads, TrainingSettings settings) {
    super(parameters, heads, settings);
  }

  @Override
  void change(ParameterGroup group, double rate, int step) {
    Tensor values = values(group);
    Tensor gradient = gradients(group);
    if (group.decayed() && settings().weightDecay() > 0) {
      gradient.add_(values, scalar(settings().weightDecay()));
    }
    Tensor moving = part(velocity, group);
    moving.mul_(scalar(settings().momentum())).add_(gradient);
    values.add_(moving, scalar(-rate));
  }
}

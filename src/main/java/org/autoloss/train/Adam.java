package org.autoloss.train;

import java.util.List;
import org.autoloss.nn.ParameterGroup;
import org.autoloss.nn.Parameters;
import org.bytedeco.pytorch.Tensor;

/**
 * Adam and AdamW, as libtorch's. With {@code b1}, {@code b2} the decays and {@code t} the step from
 * 1 (Kingma, Ba, "Adam", ICLR 2015, algorithm 1):
 *
 * <pre>
 * m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 * p -= rate / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)</pre>
 *
 * Weight decay {@code w}: Adam adds {@code w p} to the gradient; AdamW first takes {@code rate w p}
 * from the parameter (Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019,
 * algorithm 2).
 */
public final class Adam extends FlatOptimiser {
  private final Tensor mean = keep("mean");
  private final Tensor square = keep("square");

  /**
   * An optimiser that has seen no gradient.
   *
   * @param parameters what it changes; closed after this
   * @param heads paths of the modules that have a learning rate of their own
   * @param settings with {@link OptimiserSettings.Kind#ADAM} or {@code ADAMW}
   */
  public Adam(Parameters parameters, List<String> heads, TrainingSettings settings) {
    super(parameters, heads, settings);
  }

  @Override
  void change(ParameterGroup group, double rate, int step) {
    Tensor values = values(group);
    Tensor gradient = gradients(group);
    decay(group, values, gradient, rate);
    double first = settings().momentum();
    double second = settings().secondMomentum();
    Tensor m = part(mean, group);
    Tensor v = part(square, group);
    m.mul_(scalar(first)).add_(gradient, scalar(1 - first));
    v.mul_(scalar(second)).addcmul_(gradient, gradient, scalar(1 - second));
    double bias = Math.sqrt(1 - Math.pow(second, step + 1));
    Tensor denominator = v.sqrt().div_(scalar(bias)).add_(scalar(settings().epsilon()));
    values.addcdiv_(m, denominator, scalar(-rate / (1 - Math.pow(first, step + 1))));
  }

  private void decay(ParameterGroup group, Tensor values, Tensor gradient, double rate) {
    double decay = settings().weightDecay();
    if (!group.decayed() || decay == 0) {
      return;
    }
    if (settings().kind() == OptimiserSettings.Kind.ADAMW) {
      values.mul_(scalar(1 - rate * decay));
    } else {
      gradient.add_(values, scalar(decay));
    }
  }
}

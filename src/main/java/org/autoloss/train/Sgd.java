package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Stochastic gradient descent with momentum, as libtorch's: {@code v = m v + g + w p; p -= rate v},
 * over all parameters at once, since they lie in one tensor.
 */
final class Sgd implements AutoCloseable {
  private final Layers layers;
  private final TrainingSettings settings;
  private final Tensor velocity;

  Sgd(Layers layers, TrainingSettings settings) {
    this.layers = layers;
    this.settings = settings;
    velocity = zeros_like(layers.parameters());
    velocity.retainReference();
  }

  void zeroGradient() {
    layers.gradients().zero_();
  }

  void step(int step) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor gradient = layers.gradients();
      gradient.add_(layers.parameters(), new Scalar(settings.weightDecay()));
      velocity.mul_(new Scalar(settings.momentum())).add_(gradient);
      layers.parameters().add_(velocity, new Scalar(-settings.learningRate(step)));
    }
  }

  @Override
  public void close() {
    velocity.releaseReference();
  }
}

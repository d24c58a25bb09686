package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;
import static org.bytedeco.pytorch.global.torch.relu_;

import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code relu(shortcut(x) + body(x))}: the blocks of ResNets (He, Zhang, Ren, Sun, "Deep residual
 * learning for image recognition", CVPR 2016, figure 5). The shortcut is the identity where sizes
 * allow, else a 1x1 convolution with a norm.
 */
final class Residual implements Block {
  /** A bottleneck has this many times as many channels at its end as within. */
  static final int EXPANSION = 4;

  private final Block body;
  private final Block shortcut;

  /**
   * Its sizes.
   *
   * @param in channels
   * @param channels of the 3x3 convolutions
   * @param stride of the first 3x3 convolution
   * @param dilation of the first 3x3 convolution
   */
  record Plan(int in, int channels, int stride, int dilation) {
    Convolution.Plan first(int from) {
      return Layers.plan(from, channels, 3).withStride(stride).withDilation(dilation);
    }
  }

  private Residual(Block body, Scope scope, Plan plan, int out, Norm norm) {
    this.body = body;
    boolean same = plan.stride() == 1 && plan.in() == out;
    Convolution.Plan project = Layers.plan(plan.in(), out, 1).withStride(plan.stride());
    shortcut = same ? (x, pass) -> x : Layers.pair(scope.child("downsample"), 0, project, norm);
  }

  /** Two 3x3 convolutions. */
  static Residual basic(Scope scope, Plan plan, Norm norm, Norm last) {
    Block body =
        layer(scope, 1, plan.first(plan.in()), norm)
            .then(RELU)
            .then(layer(scope, 2, Layers.plan(plan.channels(), plan.channels(), 3), last));
    return new Residual(body, scope, plan, plan.channels(), norm);
  }

  /** A 1x1, a 3x3 and a 1x1 convolution; the stride is the 3x3's, as in torchvision's "v1.5". */
  static Residual bottleneck(Scope scope, Plan plan, Norm norm, Norm last) {
    int out = EXPANSION * plan.channels();
    Block body =
        layer(scope, 1, Layers.plan(plan.in(), plan.channels(), 1), norm)
            .then(RELU)
            .then(layer(scope, 2, plan.first(plan.channels()), norm))
            .then(RELU)
            .then(layer(scope, 3, Layers.plan(plan.channels(), out, 1), last));
    return new Residual(body, scope, plan, out, norm);
  }

  private static Block layer(Scope scope, int number, Convolution.Plan plan, Norm norm) {
    return new Convolution(scope.child("conv" + number), plan)
        .then(norm.declare(scope.child("bn" + number), plan.out()));
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    return relu_(body.forward(input, pass).add_(shortcut.forward(input, pass)));
  }
}

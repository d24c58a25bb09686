package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import org.autoloss.nn.Architecture;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * A plain stack of convolutions at a quarter of the resolution, without skips: logits are made
 * there and enlarged (Long, Shelhamer, Darrell, "Fully convolutional networks for semantic
 * segmentation", CVPR 2015). Its boundaries are coarse: what a loss can do about them, it has to do
 * with that.
 */
final class FullyConvolutional implements Architecture {
  private static final int DEPTH = 3;

  private final Block layers;

  /** Width: a quarter of the channels of its deep layers. */
  FullyConvolutional(Scope scope, int width, int classes) {
    Block stack =
        down(scope, "down1", 3, 2 * width).then(down(scope, "down2", 2 * width, 4 * width));
    for (int i = 0; i < DEPTH; i++) {
      Convolution.Plan plan = Convolution.Plan.of(4 * width, 4 * width, 3);
      stack = stack.then(Small.module(scope.child("deep" + i), plan)).then(RELU);
    }
    layers = stack.then(Small.head(scope, 4 * width, classes));
  }

  @Override
  public int stride() {
    return 4;
  }

  @Override
  public Tensor forward(Tensor images, Pass pass) {
    Tensor logits = layers.forward(images.contiguous(MemoryFormat.ChannelsLast), pass);
    return Functional.resize(logits, images).contiguous();
  }

  private static Block down(Scope scope, String name, int in, int out) {
    Convolution.Plan plan = Convolution.Plan.of(in, out, 3).withStride(2);
    return Small.module(scope.child(name), plan).then(RELU);
  }
}

package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.relu_;

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

  private final int width;
  private final int classes;

  FullyConvolutional(int width, int classes) {
    this.width = width;
    this.classes = classes;
  }

  @Override
  public void declare(Layers.Builder layers) {
    layers.convolution("down1", 3, 2 * width, 3);
    layers.convolution("down2", 2 * width, 4 * width, 3);
    for (int i = 0; i < DEPTH; i++) {
      layers.convolution("deep" + i, 4 * width, 4 * width, 3);
    }
    layers.head(4 * width, classes);
  }

  @Override
  public Tensor forward(Layers layers, Tensor images, boolean training) {
    Tensor features = images.contiguous(MemoryFormat.ChannelsLast);
    features = relu_(layers.convolve("down1", features, 2, 1, training));
    features = relu_(layers.convolve("down2", features, 2, 1, training));
    for (int i = 0; i < DEPTH; i++) {
      features = relu_(layers.convolve("deep" + i, features, 1, 1, training));
    }
    Tensor logits = layers.classify(features);
    return Layers.resize(logits, images.size(2), images.size(3)).contiguous();
  }
}

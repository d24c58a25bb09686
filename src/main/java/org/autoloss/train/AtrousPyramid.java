package org.autoloss.train;

import static org.bytedeco.pytorch.global.torch.relu_;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Dilated convolutions side by side at half the resolution, added up (Chen, Papandreou, Schroff,
 * Adam, "Rethinking atrous convolution for semantic image segmentation", 2017, section 3.3, with
 * sums for concatenations). It sees several scales at once where a U-Net sees them in turn.
 */
final class AtrousPyramid implements Architecture {
  private static final int[] DILATIONS = {1, 3, 6, 12};

  private final int width;
  private final int classes;

  AtrousPyramid(int width, int classes) {
    this.width = width;
    this.classes = classes;
  }

  @Override
  public void declare(Layers.Builder layers) {
    layers.convolution("down", 3, 2 * width, 3);
    layers.convolution("stem", 2 * width, 2 * width, 3);
    for (int dilation : DILATIONS) {
      layers.convolution("branch" + dilation, 2 * width, 2 * width, 3);
    }
    layers.convolution("merge", 2 * width, 2 * width, 3);
    layers.head(2 * width, classes);
  }

  @Override
  public Tensor forward(Layers layers, Tensor images, boolean training) {
    Tensor input = images.contiguous(MemoryFormat.ChannelsLast);
    Tensor stem = relu_(layers.convolve("down", input, 2, 1, training));
    stem = relu_(layers.convolve("stem", stem, 1, 1, training));
    Tensor sum = stem;
    for (int dilation : DILATIONS) {
      sum = sum.add(relu_(layers.convolve("branch" + dilation, stem, 1, dilation, training)));
    }
    Tensor logits = layers.classify(relu_(layers.convolve("merge", sum, 1, 1, training)));
    return Layers.resize(logits, images.size(2), images.size(3)).contiguous();
  }
}

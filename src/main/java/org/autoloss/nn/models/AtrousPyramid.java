package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Dilated convolutions side by side at half the resolution, added up (Chen, Papandreou, Schroff,
 * Adam, "Rethinking atrous convolution for semantic image segmentation", 2017, section 3.3, with
 * sums for concatenations). It sees several scales at once where a U-Net sees them in turn.
 */
final class AtrousPyramid implements Architecture {
  private static final int[] DILATIONS = {1, 3, 6, 12};

  private final Block stem;
  private final List<Block> branches = new ArrayList<>();
  private final Block merge;
  private final Block head;

  /** Width: half the channels of its layers. */
  AtrousPyramid(Scope scope, int width, int classes) {
    Convolution.Plan plan = Convolution.Plan.of(2 * width, 2 * width, 3);
    Convolution.Plan down = Convolution.Plan.of(3, 2 * width, 3).withStride(2);
    stem =
        Small.module(scope.child("down"), down)
            .then(RELU)
            .then(Small.module(scope.child("stem"), plan))
            .then(RELU);
    for (int dilation : DILATIONS) {
      Scope place = scope.child("branch" + dilation);
      branches.add(Small.module(place, plan.withDilation(dilation)).then(RELU));
    }
    merge = Small.module(scope.child("merge"), plan).then(RELU);
    head = Small.head(scope, 2 * width, classes);
  }

  @Override
  public int stride() {
    return 2;
  }

  @Override
  public Tensor forward(Tensor images, Pass pass) {
    Tensor features = stem.forward(images.contiguous(MemoryFormat.ChannelsLast), pass);
    Tensor sum = features;
    for (Block branch : branches) {
      sum = sum.add(branch.forward(features, pass));
    }
    Tensor logits = merge.then(head).forward(sum, pass);
    return Functional.resize(logits, images).contiguous();
  }
}

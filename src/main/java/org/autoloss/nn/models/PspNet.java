package org.autoloss.nn.models;

import static org.bytedeco.pytorch.global.torch.cat;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Dropout;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The head of PSPNet (Zhao, Shi, Qi, Wang, Jia, "Pyramid scene parsing network", CVPR 2017, figure
 * 3), as mmsegmentation's {@code PSPHead}, under its names: the coarsest level beside its means
 * over grids of 1, 2, 3 and 6 cells a side, then a 3x3 convolution.
 */
final class PspNet implements Head {
  private static final int[] GRIDS = {1, 2, 3, 6};

  private final Block logits;
  private final List<Block> pyramid = new ArrayList<>();
  private final Block bottleneck;

  /**
   * Declares the head.
   *
   * @param scope its place
   * @param channels of the backbone's levels
   * @param options how wide it is, its dropout
   * @param classes of pixels
   */
  PspNet(Scope scope, List<Integer> channels, NetworkOptions options, int classes) {
    int in = channels.get(channels.size() - 1);
    int wide = options.channels();
    logits =
        Dropout.ofChannels(scope.child("dropout"), options.dropout())
            .then(Layers.classifier(scope, wide, classes));
    for (int i = 0; i < GRIDS.length; i++) {
      Scope place = scope.child("psp_modules").child(i).child(1);
      Block grid = Functional.averagePool(GRIDS[i], GRIDS[i]);
      pyramid.add(grid.then(Layers.module(place, Layers.plan(in, wide, 1))));
    }
    int all = in + GRIDS.length * wide;
    bottleneck = Layers.module(scope.child("bottleneck"), Layers.plan(all, wide, 3));
  }

  @Override
  public Tensor forward(List<Tensor> levels, Pass pass) {
    Tensor coarsest = levels.get(levels.size() - 1);
    TensorVector seen = new TensorVector(coarsest);
    pyramid.forEach(
        grid -> seen.push_back(Functional.resize(grid.forward(coarsest, pass), coarsest)));
    return bottleneck.then(logits).forward(cat(seen, 1), pass);
  }
}

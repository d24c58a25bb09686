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
 * The head of DeepLabV3+ (Chen, Zhu, Papandreou, Schroff, Adam, "Encoder-decoder with atrous
 * separable convolution for semantic image segmentation", ECCV 2018, figure 2), as mmsegmentation's
 * {@code DepthwiseSeparableASPPHead}, under its names.
 *
 * <pre>
 * coarsest level - image pool, 1x1, three dilated separable 3x3 - concatenate - 3x3 - enlarge
 * finest level   - 1x1 of 48 channels --------------------------------- concatenate /
 *                                                   two separable 3x3 - dropout - 1x1 - logits
 * </pre>
 */
final class DeepLabV3Plus implements Head {
  private static final int FINE = 48;
  private static final int BRANCHES = 5;

  private final Block logits;
  private final Block imagePool;
  private final List<Block> pyramid = new ArrayList<>();
  private final Block bottleneck;
  private final Block fine;
  private final Block decoder;

  /**
   * Declares the head.
   *
   * @param scope its place
   * @param channels of the backbone's levels
   * @param options how wide it is, its dilations, its dropout
   * @param classes of pixels
   */
  DeepLabV3Plus(Scope scope, List<Integer> channels, NetworkOptions options, int classes) {
    int in = channels.get(channels.size() - 1);
    int wide = options.channels();
    logits =
        Dropout.ofChannels(scope.child("dropout"), options.dropout())
            .then(Layers.classifier(scope, wide, classes));
    Block mean = Functional.averagePool(1, 1);
    imagePool =
        mean.then(Layers.module(scope.child("image_pool").child(1), Layers.plan(in, wide, 1)));
    Scope branches = scope.child("aspp_modules");
    pyramid.add(Layers.module(branches.child(0), Layers.plan(in, wide, 1)));
    for (int rate = 1; rate <= 3; rate++) {
      pyramid.add(Layers.separable(branches.child(rate), in, wide, rate * options.atrousStep()));
    }
    bottleneck = Layers.module(scope.child("bottleneck"), Layers.plan(BRANCHES * wide, wide, 3));
    fine = Layers.module(scope.child("c1_bottleneck"), Layers.plan(channels.get(0), FINE, 1));
    Scope separable = scope.child("sep_bottleneck");
    decoder =
        Layers.separable(separable.child(0), wide + FINE, wide, 1)
            .then(Layers.separable(separable.child(1), wide, wide, 1));
  }

  @Override
  public Tensor forward(List<Tensor> levels, Pass pass) {
    Tensor coarsest = levels.get(levels.size() - 1);
    TensorVector seen = new TensorVector();
    seen.push_back(Functional.resize(imagePool.forward(coarsest, pass), coarsest));
    pyramid.forEach(branch -> seen.push_back(branch.forward(coarsest, pass)));
    Tensor context = bottleneck.forward(cat(seen, 1), pass);
    Tensor detail = fine.forward(levels.get(0), pass);
    TensorVector both = new TensorVector(Functional.resize(context, detail), detail);
    return decoder.then(logits).forward(cat(both, 1), pass);
  }
}

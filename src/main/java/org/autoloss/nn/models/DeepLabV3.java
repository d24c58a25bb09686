package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;
import static org.bytedeco.pytorch.global.torch.cat;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Dropout;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The head of DeepLabV3 (Chen, Papandreou, Schroff, Adam, "Rethinking atrous convolution for
 * semantic image segmentation", 2017, figure 5), as torchvision's {@code DeepLabHead}, under its
 * names: a 1x1, three dilated 3x3 convolutions and the mean over the image side by side, {@code 0},
 * then a 3x3 convolution, {@code 1} to {@code 3}, and the logits, {@code 4}.
 */
final class DeepLabV3 implements Head {
  private static final int BRANCHES = 5;
  private static final double PROJECTION_DROPOUT = 0.5;

  private final List<Block> pyramid = new ArrayList<>();
  private final Block imagePool;
  private final Block project;
  private final Block logits;

  /**
   * Declares the head.
   *
   * @param scope its place
   * @param channels of the backbone's levels
   * @param options how wide it is, its dilations
   * @param classes of pixels
   */
  DeepLabV3(Scope scope, List<Integer> channels, NetworkOptions options, int classes) {
    int in = channels.get(channels.size() - 1);
    int wide = options.channels();
    Scope branches = scope.child(0).child("convs");
    pyramid.add(layer(branches.child(0), 0, in, wide, 1, 1));
    for (int rate = 1; rate <= 3; rate++) {
      pyramid.add(layer(branches.child(rate), 0, in, wide, 3, rate * options.atrousStep()));
    }
    imagePool = Functional.averagePool(1, 1).then(layer(branches.child(4), 1, in, wide, 1, 1));
    Scope end = scope.child(0).child("project");
    project =
        layer(end, 0, BRANCHES * wide, wide, 1, 1)
            .then(Dropout.ofValues(end.child(3), PROJECTION_DROPOUT));
    logits =
        layer(scope, 1, wide, wide, 3, 1).then(TorchvisionHead.logits(scope, 4, wide, classes));
  }

  private static Block layer(Scope scope, int first, int in, int out, int kernel, int dilation) {
    return Layers.pair(
            scope, first, TorchvisionHead.plan(in, out, kernel).withDilation(dilation), Norm.BATCH)
        .then(RELU);
  }

  @Override
  public Tensor forward(List<Tensor> levels, Pass pass) {
    Tensor coarsest = levels.get(levels.size() - 1);
    TensorVector seen = new TensorVector();
    pyramid.forEach(branch -> seen.push_back(branch.forward(coarsest, pass)));
    seen.push_back(Functional.resize(imagePool.forward(coarsest, pass), coarsest));
    return project.then(logits).forward(cat(seen, 1), pass);
  }
}

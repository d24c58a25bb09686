package org.autoloss.nn.models;

import static org.bytedeco.pytorch.global.torch.cat;

import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The head of HRNetV2 (Wang et al., TPAMI 2020, figure 4b): all levels enlarged to the finest, side
 * by side, and one 1x1 convolution before the logits. Names are mmsegmentation's.
 */
final class HighResolutionHead implements Head {
  private final Block layers;

  HighResolutionHead(Scope scope, List<Integer> channels, int classes) {
    int all = channels.stream().mapToInt(Integer::intValue).sum();
    Block logits = Layers.classifier(scope, all, classes);
    layers = Layers.module(scope.child("convs.0"), Layers.plan(all, all, 1)).then(logits);
  }

  @Override
  public Tensor forward(List<Tensor> levels, Pass pass) {
    TensorVector seen = new TensorVector();
    levels.forEach(level -> seen.push_back(Functional.resize(level, levels.get(0))));
    return layers.forward(cat(seen, 1), pass);
  }
}

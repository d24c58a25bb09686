package org.autoloss.nn.models;

import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Dropout;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * Logits from the level before the last, which give that level a gradient of its own (Zhao et al.,
 * PSPNet, section 3.3): mmsegmentation's {@code FCNHead} with one convolution, under its names.
 */
final class AuxiliaryHead implements Head {
  private static final int CHANNELS = 256;

  private final Block layers;

  AuxiliaryHead(Scope scope, List<Integer> channels, NetworkOptions options, int classes) {
    Block logits = Layers.classifier(scope, CHANNELS, classes);
    int in = channels.get(channels.size() - 2);
    layers =
        Layers.module(scope.child("convs").child(0), Layers.plan(in, CHANNELS, 3))
            .then(Dropout.ofChannels(scope.child("dropout"), options.dropout()))
            .then(logits);
  }

  @Override
  public Tensor forward(List<Tensor> levels, Pass pass) {
    return layers.forward(levels.get(levels.size() - 2), pass);
  }
}

package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import java.util.List;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Deconvolution;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * Poses by heat maps (Xiao, Wu, Wei, "Simple baselines for human pose estimation and tracking",
 * ECCV 2018, figure 1): three deconvolutions behind a backbone's last level, then a 1x1 convolution
 * to one map for each key point, at a quarter of the images' size. Names are mmpose's {@code
 * HeatmapHead}.
 */
final class SimpleBaseline implements Architecture {
  private static final int DECONVOLUTIONS = 3;
  private static final int KERNEL = 4;
  private static final int LAYERS_EACH = 3; // deconvolution, norm, ReLU
  private static final Initial SMALL = Initial.normal(0.001);

  private final Backbone backbone;
  private final Block head;
  private final List<String> frozen;

  /**
   * Declares the network.
   *
   * @param scope of the head
   * @param backbone declared before
   * @param options how wide the head is
   * @param points maps to give, one for each key point
   * @param frozen paths of modules that are not trained
   */
  SimpleBaseline(
      Scope scope, Backbone backbone, NetworkOptions options, int points, List<String> frozen) {
    this.backbone = backbone;
    this.frozen = frozen;
    Scope layers = scope.child("deconv_layers");
    int in = backbone.channels().get(backbone.channels().size() - 1);
    Block block = (x, pass) -> x;
    for (int i = 0; i < DECONVOLUTIONS; i++) {
      Convolution.Plan twice =
          new Convolution.Plan(in, options.channels(), KERNEL, 2, 1, 1, 1, false, SMALL);
      block =
          block
              .then(new Deconvolution(layers.child(LAYERS_EACH * i), twice))
              .then(Norm.BATCH.declare(layers.child(LAYERS_EACH * i + 1), twice.out()))
              .then(RELU);
      in = twice.out();
    }
    Convolution.Plan last = Convolution.Plan.of(in, points, 1).withBias().withInitial(SMALL);
    head = block.then(new Convolution(scope.child("final_layer"), last));
  }

  @Override
  public Tensor forward(Tensor images, Pass pass) {
    List<Tensor> levels = levels(images, pass);
    return head.forward(levels.get(levels.size() - 1), pass).contiguous();
  }

  List<Tensor> levels(Tensor images, Pass pass) {
    return backbone.levels(images.contiguous(MemoryFormat.ChannelsLast), pass);
  }

  @Override
  public List<String> frozen() {
    return frozen;
  }
}

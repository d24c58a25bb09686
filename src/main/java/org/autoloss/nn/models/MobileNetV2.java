package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU6;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov, Chen, "Inverted residuals and linear bottlenecks",
 * CVPR 2018, table 2) without its classifier: torchvision's {@code features}, blocks numbered from
 * 0 to 18. Where a group would go beyond the output stride, it dilates its convolutions instead;
 * its first block still has the dilation before it. mmsegmentation dilates the first block of each
 * group alone: weights that were trained there at strides 8 or 16 fit, but give other outputs here.
 */
public final class MobileNetV2 implements Backbone {
  /** Those that dense prediction reads: strides 4, 8, 16, 32; the widest layer is left out. */
  static final List<Integer> DENSE = List.of(3, 6, 13, 17);

  /** The same, the last one with the layer of 1,280 channels. */
  static final List<Integer> WHOLE = List.of(3, 6, 13, 18);

  private static final int STEM = 32;
  private static final int LAST = 1280;
  // expansion, channels, blocks, stride of the first one
  private static final int[][] GROUPS = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1}
  };

  private final List<Block> features = new ArrayList<>();
  private final List<Integer> widths = new ArrayList<>();
  private final List<Integer> read;
  private final Norm norm;

  /**
   * Declares a MobileNetV2, as far as its last level.
   *
   * @param scope its place; blocks are numbered within it
   * @param norm of all layers
   * @param outputStride of the last level: 8, 16 or 32
   * @param levels the blocks whose outputs are read, 0 to 18, ascending
   */
  public MobileNetV2(Scope scope, Norm norm, int outputStride, List<Integer> levels) {
    this.norm = norm;
    read = List.copyOf(levels);
    int end = levels.get(levels.size() - 1);
    add(layer(scope.child(0), Layers.plan(3, STEM, 3).withStride(2)), STEM);
    int total = 2;
    int dilation = 1;
    for (int[] group : GROUPS) {
      boolean dilates = total * group[3] > outputStride;
      int stride = dilates ? 1 : group[3];
      total *= stride;
      for (int i = 0; i < group[2] && features.size() <= end; i++) {
        if (i == 1 && dilates) {
          dilation *= group[3];
        }
        Scope block = scope.child(features.size()).child("conv");
        add(new Inverted(block, width(), group, i == 0 ? stride : 1, dilation, norm), group[1]);
      }
    }
    if (features.size() <= end) {
      add(layer(scope.child(features.size()), Layers.plan(width(), LAST, 1)), LAST);
    }
  }

  private int width() {
    return widths.get(widths.size() - 1);
  }

  private void add(Block block, int out) {
    features.add(block);
    widths.add(out);
  }

  private Block layer(Scope scope, Convolution.Plan plan) {
    return Layers.pair(scope, 0, plan, norm).then(RELU6);
  }

  /** Figure 4d: wider, one kernel for each channel, narrower without a ReLU; added if it can be. */
  private static final class Inverted implements Block {
    private final Block body;
    private final boolean added;

    Inverted(Scope scope, int in, int[] group, int stride, int dilation, Norm norm) {
      int wide = group[0] * in;
      added = stride == 1 && in == group[1];
      Block expand = (x, pass) -> x;
      int at = 0;
      if (wide > in) {
        Convolution.Plan wider = Layers.plan(in, wide, 1);
        expand = Layers.pair(scope.child(at++), 0, wider, norm).then(RELU6);
      }
      Convolution.Plan depthwise =
          Layers.plan(wide, wide, 3).depthwise().withStride(stride).withDilation(dilation);
      body =
          expand
              .then(Layers.pair(scope.child(at++), 0, depthwise, norm))
              .then(RELU6)
              .then(Layers.pair(scope, at, Layers.plan(wide, group[1], 1), norm));
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
      Tensor out = body.forward(input, pass);
      return added ? out.add_(input) : out;
    }
  }

  @Override
  public List<Tensor> levels(Tensor images, Pass pass) {
    List<Tensor> levels = new ArrayList<>();
    Tensor x = images;
    for (int i = 0; i < features.size(); i++) {
      x = features.get(i).forward(x, pass);
      if (read.contains(i)) {
        levels.add(x);
      }
    }
    return levels;
  }

  @Override
  public List<Integer> channels() {
    return read.stream().map(widths::get).toList();
  }

  @Override
  public List<List<String>> stages() {
    List<List<String>> stages = new ArrayList<>(List.of(List.of("0")));
    for (int i = 1; i < features.size(); i++) {
      boolean begins = stages.size() == 1 || read.contains(i - 1);
      if (begins) {
        stages.add(new ArrayList<>());
      }
      stages.get(stages.size() - 1).add(Integer.toString(i));
    }
    return stages;
  }
}

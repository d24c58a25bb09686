package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * ResNet (He, Zhang, Ren, Sun, CVPR 2016, table 1) without its classifier, under torchvision's
 * names: {@code conv1}, {@code bn1}, {@code layer1} to {@code layer4}.
 *
 * <p>The stem is one 7x7 convolution, or with {@link Plan#deepStem} three of 3x3, {@code stem}, as
 * mmsegmentation's ResNetV1c. Where a stage would go beyond the output stride, it keeps its
 * resolution and dilates its convolutions instead; its first block still has the dilation before
 * it. A multi-grid replaces the dilations of the last stage's blocks (Chen et al., 2017, section
 * 3.2).
 */
public final class ResNet implements Backbone {
  private static final int STEM = 64;
  private static final int STEM_STRIDE = 4;

  /**
   * Which ResNet.
   *
   * @param depth 18, 34, 50 or 101
   * @param deepStem whether the stem is three convolutions; the last norm of each block then begins
   *     at 0, as in mmsegmentation
   * @param norm of all layers
   * @param outputStride of the last level: 8, 16 or 32
   * @param grid dilations of the last stage's blocks, none for the usual ones
   */
  public record Plan(int depth, boolean deepStem, Norm norm, int outputStride, List<Integer> grid) {
    /**
     * torchvision's: a plain stem, batch norm, stride 32.
     *
     * @param depth 18, 34, 50 or 101
     * @return the plan
     */
    public static Plan of(int depth) {
      return new Plan(depth, false, Norm.BATCH, 32, List.of());
    }

    private int[] blocks() {
      return switch (depth) {
        case 18 -> new int[] {2, 2, 2, 2};
        case 34, 50 -> new int[] {3, 4, 6, 3};
        case 101 -> new int[] {3, 4, 23, 3};
        default ->
            throw new IllegalArgumentException(
                "ResNet: expected a depth of 18, 34, 50 or 101, got " + depth);
      };
    }

    private boolean bottlenecks() {
      return depth >= 50;
    }

    private Norm last() {
      return deepStem && norm == Norm.BATCH ? Norm.BATCH_FROM_ZERO : norm;
    }
  }

  private final Plan plan;
  private final Block stem;
  private final List<Block> layers = new ArrayList<>();
  private final List<Integer> channels = new ArrayList<>();

  /**
   * Declares a ResNet.
   *
   * @param scope its place
   * @param plan which
   */
  public ResNet(Scope scope, Plan plan) {
    this.plan = plan;
    Block first = plan.deepStem() ? deep(scope.child("stem")) : plain(scope);
    stem = first.then(RELU).then(Functional.maxPool(3, 2, 1));
    int in = STEM;
    int total = STEM_STRIDE;
    int dilation = 1;
    for (int stage = 0; stage < 4; stage++) {
      int stride = stage == 0 ? 1 : 2;
      boolean dilates = total * stride > plan.outputStride();
      Residual.Plan begin = new Residual.Plan(in, STEM << stage, dilates ? 1 : stride, dilation);
      dilation *= dilates ? stride : 1;
      total *= begin.stride();
      layers.add(layer(scope.child("layer" + (stage + 1)), stage, begin, dilation));
      in = begin.channels() * (plan.bottlenecks() ? Residual.EXPANSION : 1);
      channels.add(in);
    }
  }

  private Block plain(Scope scope) {
    return new Convolution(scope.child("conv1"), Layers.plan(3, STEM, 7).withStride(2))
        .then(plan.norm().declare(scope.child("bn1"), STEM));
  }

  private Block deep(Scope scope) {
    int half = STEM / 2;
    return Layers.pair(scope, 0, Layers.plan(3, half, 3).withStride(2), plan.norm())
        .then(RELU)
        .then(Layers.pair(scope, 3, Layers.plan(half, half, 3), plan.norm()))
        .then(RELU)
        .then(Layers.pair(scope, 6, Layers.plan(half, STEM, 3), plan.norm()));
  }

  private Block layer(Scope scope, int stage, Residual.Plan begin, int dilation) {
    boolean gridded = stage == 3 && !plan.grid().isEmpty();
    int out = begin.channels() * (plan.bottlenecks() ? Residual.EXPANSION : 1);
    Block layer = (x, pass) -> x;
    for (int i = 0; i < plan.blocks()[stage]; i++) {
      int usual = i == 0 ? begin.dilation() : dilation;
      Residual.Plan block =
          new Residual.Plan(
              i == 0 ? begin.in() : out,
              begin.channels(),
              i == 0 ? begin.stride() : 1,
              gridded ? plan.grid().get(i) : usual);
      layer = layer.then(block(scope.child(i), block));
    }
    return layer;
  }

  private Block block(Scope scope, Residual.Plan block) {
    return plan.bottlenecks()
        ? Residual.bottleneck(scope, block, plan.norm(), plan.last())
        : Residual.basic(scope, block, plan.norm(), plan.last());
  }

  @Override
  public List<Tensor> levels(Tensor images, Pass pass) {
    List<Tensor> levels = new ArrayList<>();
    Tensor x = stem.forward(images, pass);
    for (Block layer : layers) {
      x = layer.forward(x, pass);
      levels.add(x);
    }
    return levels;
  }

  @Override
  public List<Integer> channels() {
    return channels;
  }

  @Override
  public List<List<String>> stages() {
    List<String> first = plan.deepStem() ? List.of("stem") : List.of("conv1", "bn1");
    return List.of(
        first, List.of("layer1"), List.of("layer2"), List.of("layer3"), List.of("layer4"));
  }
}

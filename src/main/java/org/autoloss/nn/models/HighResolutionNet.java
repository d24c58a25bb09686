package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;
import static org.bytedeco.pytorch.global.torch.relu_;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * HRNetV2 (Wang et al., "Deep high-resolution representation learning for visual recognition",
 * TPAMI 2020, figure 2): branches of strides 4, 8, 16 and 32 side by side, each with as many
 * channels as its stride times a quarter of the width, which exchange what they see after every
 * module. Names are mmsegmentation's.
 */
final class HighResolutionNet implements Backbone {
  private static final int STEM = 64;
  private static final int BLOCKS = 4;
  private static final int[] MODULES = {1, 4, 3}; // in stages 2, 3 and 4
  private static final Norm NORM = Norm.BATCH;

  private final Block stem;
  private final List<Integer> channels;
  private final List<List<Block>> transitions = new ArrayList<>();
  private final List<List<Module>> stages = new ArrayList<>();

  /** Width: channels of the finest branch. */
  HighResolutionNet(Scope scope, int width) {
    channels = IntStream.range(0, 4).mapToObj(branch -> width << branch).toList();
    int in = Residual.EXPANSION * STEM;
    stem =
        halving(scope, 1, 3)
            .then(halving(scope, 2, STEM))
            .then(
                sequence(
                    i -> {
                      Residual.Plan plan = new Residual.Plan(i == 0 ? STEM : in, STEM, 1, 1);
                      return Residual.bottleneck(scope.child("layer1." + i), plan, NORM, NORM);
                    }));
    for (int stage = 0; stage < MODULES.length; stage++) {
      Scope transition = scope.child("transition" + (stage + 1));
      transitions.add(stage == 0 ? split(transition, in) : branchOff(transition, stage + 1));
      List<Module> modules = new ArrayList<>();
      for (int i = 0; i < MODULES[stage]; i++) {
        modules.add(new Module(scope.child("stage" + (stage + 2)).child(i), stage + 2));
      }
      stages.add(modules);
    }
  }

  private static Block halving(Scope scope, int number, int in) {
    return new Convolution(scope.child("conv" + number), Layers.plan(in, STEM, 3).withStride(2))
        .then(NORM.declare(scope.child("bn" + number), STEM))
        .then(RELU);
  }

  private static Block sequence(IntFunction<Block> block) {
    return IntStream.range(0, BLOCKS).mapToObj(block).reduce(Block::then).orElseThrow();
  }

  // The first two branches, both of what the stem gives.
  private List<Block> split(Scope scope, int in) {
    Block fine = Layers.pair(scope.child(0), 0, Layers.plan(in, channels.get(0), 3), NORM);
    return List.of(fine.then(RELU), down(scope.child("1.0"), in, channels.get(1)).then(RELU));
  }

  // One branch more, of the coarsest that there is; the others stay.
  private List<Block> branchOff(Scope scope, int branch) {
    Scope place = scope.child(branch + ".0");
    return List.of(down(place, channels.get(branch - 1), channels.get(branch)).then(RELU));
  }

  private static Block down(Scope scope, int in, int out) {
    return Layers.pair(scope, 0, Layers.plan(in, out, 3).withStride(2), NORM);
  }

  /** Four residual blocks in each branch, then every branch receives every other. */
  private final class Module {
    private final List<Block> branches = new ArrayList<>();
    private final Block[][] fuse;

    Module(Scope scope, int count) {
      for (int branch = 0; branch < count; branch++) {
        int wide = channels.get(branch);
        Scope place = scope.child("branches").child(branch);
        Residual.Plan plan = new Residual.Plan(wide, wide, 1, 1);
        branches.add(sequence(i -> Residual.basic(place.child(i), plan, NORM, NORM)));
      }
      fuse = new Block[count][count];
      for (int to = 0; to < count; to++) {
        for (int from = 0; from < count; from++) {
          fuse[to][from] = path(scope.child("fuse_layers." + to + "." + from), from, to);
        }
      }
    }

    private Block path(Scope scope, int from, int to) {
      if (from == to) {
        return (x, pass) -> x;
      }
      if (from > to) {
        int scale = 1 << (from - to);
        return Layers.pair(scope, 0, Layers.plan(channels.get(from), channels.get(to), 1), NORM)
            .then((x, pass) -> Functional.resize(x, scale * x.size(2), scale * x.size(3)));
      }
      Block path = (x, pass) -> x;
      for (int step = 0; step < to - from; step++) {
        boolean last = step == to - from - 1;
        int out = channels.get(last ? to : from);
        Block layer = down(scope.child(step), channels.get(from), out);
        path = path.then(last ? layer : layer.then(RELU));
      }
      return path;
    }

    List<Tensor> forward(List<Tensor> inputs, Pass pass) {
      List<Tensor> inner = new ArrayList<>();
      for (int i = 0; i < branches.size(); i++) {
        inner.add(branches.get(i).forward(inputs.get(i), pass));
      }
      List<Tensor> fused = new ArrayList<>();
      for (int to = 0; to < branches.size(); to++) {
        Tensor sum = null;
        for (int from = 0; from < branches.size(); from++) {
          Tensor heard = fuse[to][from].forward(inner.get(from), pass);
          // Odd sizes: twice the coarse one is one more than the fine one.
          heard = from > to ? Functional.resize(heard, inner.get(to)) : heard;
          sum = sum == null ? heard : sum.add(heard);
        }
        fused.add(relu_(sum));
      }
      return fused;
    }
  }

  @Override
  public List<Tensor> levels(Tensor images, Pass pass) {
    Tensor features = stem.forward(images, pass);
    List<Tensor> levels = new ArrayList<>();
    transitions.get(0).forEach(branch -> levels.add(branch.forward(features, pass)));
    List<Tensor> seen = levels;
    for (int stage = 0; stage < stages.size(); stage++) {
      if (stage > 0) {
        Tensor coarsest = seen.get(seen.size() - 1);
        seen.add(transitions.get(stage).get(0).forward(coarsest, pass));
      }
      for (Module module : stages.get(stage)) {
        seen = module.forward(seen, pass);
      }
    }
    return seen;
  }

  @Override
  public List<Integer> channels() {
    return channels;
  }

  @Override
  public List<List<String>> stages() {
    return List.of(
        List.of("conv1", "bn1", "conv2", "bn2"),
        List.of("layer1"),
        List.of("transition1", "stage2"),
        List.of("transition2", "stage3"),
        List.of("transition3", "stage4"));
  }
}

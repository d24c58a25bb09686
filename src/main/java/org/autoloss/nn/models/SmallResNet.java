package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * A backbone for trainings from fresh weights on two cores: a 3x3 convolution of stride 2, then
 * three residual blocks of stride 2 (He, Zhang, Ren, Sun, CVPR 2016), each twice as wide as what is
 * before it. Levels have strides 4, 8 and 16.
 */
public final class SmallResNet implements Backbone {
  /** How many levels there are. */
  public static final int LEVELS = 3;

  private static final String STEM = "stem";

  private final Block stem;
  private final List<Block> stages = new ArrayList<>();
  private final List<Integer> channels = new ArrayList<>();

  /**
   * Declares a backbone.
   *
   * @param scope its place
   * @param norm of all layers
   * @param width channels of the first convolution
   */
  public SmallResNet(Scope scope, Norm norm, int width) {
    stem = Layers.pair(scope.child(STEM), 0, Layers.plan(3, width, 3).withStride(2), norm);
    int in = width;
    for (int i = 0; i < LEVELS; i++) {
      Residual.Plan plan = new Residual.Plan(in, 2 * in, 2, 1);
      stages.add(Residual.basic(scope.child(name(i)), plan, norm, norm));
      in = plan.channels();
      channels.add(in);
    }
  }

  private static String name(int stage) {
    return "layer" + (stage + 1);
  }

  @Override
  public List<Tensor> levels(Tensor images, Pass pass) {
    List<Tensor> levels = new ArrayList<>();
    Tensor x = RELU.forward(stem.forward(images, pass), pass);
    for (Block stage : stages) {
      x = stage.forward(x, pass);
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
    return List.of(List.of(STEM), List.of(name(0)), List.of(name(1)), List.of(name(2)));
  }
}

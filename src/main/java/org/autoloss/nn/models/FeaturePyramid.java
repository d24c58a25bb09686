package org.autoloss.nn.models;

import static org.bytedeco.pytorch.global.torch.upsample_nearest2d;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * A feature pyramid (Lin, Dollár, Girshick, He, Hariharan, Belongie, "Feature pyramid networks for
 * object detection", CVPR 2017, section 3): each level of a backbone through a 1x1 convolution,
 * plus the coarser level of the pyramid, enlarged; then a 3x3 convolution. One more level is every
 * second pixel of the coarsest. All levels have the same number of channels.
 *
 * <p>Names are torchvision's: {@code inner_blocks.{i}.0}, {@code layer_blocks.{i}.0}.
 */
public final class FeaturePyramid {
  private static final Block HALVE = Functional.maxPool(1, 2, 0);

  private final List<Block> inner = new ArrayList<>();
  private final List<Block> layer = new ArrayList<>();

  /**
   * Declares a pyramid.
   *
   * @param scope its place
   * @param in channels of the backbone's levels, fine to coarse
   * @param out channels of each of its own levels
   */
  public FeaturePyramid(Scope scope, List<Integer> in, int out) {
    for (int i = 0; i < in.size(); i++) {
      inner.add(convolution(scope.child("inner_blocks").child(i), in.get(i), out, 1));
    }
    for (int i = 0; i < in.size(); i++) {
      layer.add(convolution(scope.child("layer_blocks").child(i), out, out, 3));
    }
  }

  // The variance of torchvision's first values, kaiming_uniform of slope 1.
  private static Block convolution(Scope scope, int in, int out, int kernel) {
    Initial initial = Initial.normal(Math.sqrt(1.0 / (in * kernel * kernel)));
    return new Convolution(
        scope.child(0), Convolution.Plan.of(in, out, kernel).withBias().withInitial(initial));
  }

  /**
   * The pyramid of features.
   *
   * @param levels of the backbone, fine to coarse; they stay as they are
   * @param pass to learn or to predict
   * @return as many levels and one more, fine to coarse
   */
  public List<Tensor> forward(List<Tensor> levels, Pass pass) {
    Tensor[] pyramid = new Tensor[inner.size() + 1];
    Tensor above = null;
    for (int i = inner.size() - 1; i >= 0; i--) {
      Tensor lateral = inner.get(i).forward(levels.get(i), pass);
      above = above == null ? lateral : lateral.add(enlarged(above, lateral));
      pyramid[i] = layer.get(i).forward(above, pass);
    }
    pyramid[inner.size()] = HALVE.forward(pyramid[inner.size() - 1], pass);
    return List.of(pyramid);
  }

  private static Tensor enlarged(Tensor coarse, Tensor fine) {
    return upsample_nearest2d(coarse, fine.size(2), fine.size(3));
  }
}

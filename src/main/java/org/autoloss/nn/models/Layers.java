package org.autoloss.nn.models;

import static org.autoloss.nn.Functional.RELU;

import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.ConvolutionModule;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Norm;
import org.autoloss.nn.Scope;

/** What the networks of the literature are made of, under the names that their authors chose. */
final class Layers {
  private static final double CLASSIFIER_DEVIATION = 0.01;

  private Layers() {}

  /** A convolution that begins as torchvision's and mmsegmentation's: He, by outputs. */
  static Convolution.Plan plan(int in, int out, int kernel) {
    return Convolution.Plan.of(in, out, kernel).withInitial(Initial.heFanOut());
  }

  /** Convolution and norm as neighbours in a sequence of PyTorch's. */
  static Block pair(Scope scope, int first, Convolution.Plan plan, Norm norm) {
    return new Convolution(scope.child(first), plan)
        .then(norm.declare(scope.child(first + 1), plan.out()));
  }

  /** mmsegmentation's {@code ConvModule}: convolution, norm, ReLU. */
  static Block module(Scope scope, Convolution.Plan plan) {
    return new ConvolutionModule(scope, plan, Norm.BATCH).then(RELU);
  }

  /**
   * A 3x3 convolution of each channel alone, then a 1x1 convolution across channels, each with norm
   * and ReLU (Chollet, "Xception", CVPR 2017); mmsegmentation's {@code
   * DepthwiseSeparableConvModule}.
   */
  static Block separable(Scope scope, int in, int out, int dilation) {
    Convolution.Plan depthwise = plan(in, in, 3).depthwise().withDilation(dilation);
    return module(scope.child("depthwise_conv"), depthwise)
        .then(module(scope.child("pointwise_conv"), plan(in, out, 1)));
  }

  /** The last layer of mmsegmentation's heads: logits begin near 0, whatever the features. */
  static Block classifier(Scope scope, int in, int classes) {
    Initial small = Initial.normal(CLASSIFIER_DEVIATION);
    return new Convolution(
        scope.child("conv_seg"), Convolution.Plan.of(in, classes, 1).withBias().withInitial(small));
  }
}

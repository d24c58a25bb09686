package org.autoloss.nn.models.rcnn;

import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Deconvolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * What draws the mask of each region, one for each class (He, Gkioxari, Dollár, Girshick, "Mask
 * R-CNN", ICCV 2017, section 3): four 3x3 convolutions, a deconvolution that doubles the size, and
 * a 1x1 convolution.
 *
 * <p>Names are torchvision's: {@code mask_head.0.0} to {@code mask_head.3.0}, {@code
 * mask_predictor.conv5_mask}, {@code mask_predictor.mask_fcn_logits}. The last begins near zero:
 * torchvision's has a deviation of {@code sqrt(2 / classes)}, with which fresh networks for few
 * classes are very sure of what is noise.
 */
public final class MaskHead {
  /** Height and width of a mask. */
  public static final int SIZE = 28;

  /** Height and width of a pooled region. */
  static final int POOLED = SIZE / 2;

  private static final int LAYERS = 4;
  private static final Initial NEAR_ZERO = Initial.normal(0.02);

  private final Block maps;

  /**
   * Declares the head.
   *
   * @param scope its place
   * @param channels of the pyramid
   * @param width channels of the head's layers
   * @param classes with the background
   */
  public MaskHead(Scope scope, int channels, int width, int classes) {
    Scope head = scope.child("mask_head");
    Block layers = layer(head.child("0.0"), channels, width);
    for (int i = 1; i < LAYERS; i++) {
      layers = layers.then(layer(head.child(i + ".0"), width, width));
    }
    Scope predictor = scope.child("mask_predictor");
    maps =
        layers
            .then(
                new Deconvolution(
                    predictor.child("conv5_mask"),
                    plan(width, width, 2).withStride(2).withPadding(0)))
            .then(Functional.RELU)
            .then(
                new Convolution(
                    predictor.child("mask_fcn_logits"),
                    plan(width, classes, 1).withInitial(NEAR_ZERO)));
  }

  private static Block layer(Scope scope, int in, int out) {
    return new Convolution(scope, plan(in, out, 3)).then(Functional.RELU);
  }

  private static Convolution.Plan plan(int in, int out, int kernel) {
    return Convolution.Plan.of(in, out, kernel).withBias().withInitial(Initial.heFanOut());
  }

  /**
   * Draws the masks of all regions.
   *
   * @param pooled {@code [R,C,14,14]}
   * @param pass to learn or to predict
   * @return logits {@code [R,classes,28,28]}
   */
  public Tensor forward(Tensor pooled, Pass pass) {
    return maps.forward(pooled, pass);
  }
}

package org.autoloss.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * A convolution with a norm behind it, under the names that mmsegmentation's {@code ConvModule}
 * has: {@code conv.weight}, {@code bn.weight} and so on.
 */
public final class ConvolutionModule implements Block {
  private final Block convolution;
  private final Block norm;

  /**
   * Declares both.
   *
   * @param scope their place
   * @param plan the convolution's sizes
   * @param norm what follows it
   */
  public ConvolutionModule(Scope scope, Convolution.Plan plan, Norm norm) {
    convolution = new Convolution(scope.child("conv"), plan);
    this.norm = norm.declare(scope.child("bn"), plan.out());
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    return norm.forward(convolution.forward(input, pass), pass);
  }
}

package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.linear;

import org.bytedeco.pytorch.Tensor;

/** A fully connected layer; PyTorch's {@code Linear}: {@code weight [out,in]}, {@code bias}. */
public final class Linear implements Block {
  private final Parameter weight;
  private final Parameter bias;

  /**
   * Declares a layer with PyTorch's first values.
   *
   * @param scope its place
   * @param in features
   * @param out features
   */
  public Linear(Scope scope, int in, int out) {
    this(scope, in, out, Initial.uniform(in), Initial.uniform(in));
  }

  /**
   * Declares a layer.
   *
   * @param scope its place
   * @param in features
   * @param out features
   * @param weights first values of the weight
   * @param shifts first values of the bias
   */
  public Linear(Scope scope, int in, int out, Initial weights, Initial shifts) {
    weight = scope.parameter("weight", weights, out, in);
    bias = scope.parameter("bias", shifts, out);
  }

  @Override
  public Tensor forward(Tensor input, Pass pass) {
    return linear(input, weight.tensor(), bias.optional());
  }
}

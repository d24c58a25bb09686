package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.one_hot;
import static org.bytedeco.pytorch.global.torch.ones_like;
import static org.bytedeco.pytorch.global.torch.softmax;
import static org.bytedeco.pytorch.global.torch.where;

import org.autoloss.loss.Loss;
import org.autoloss.surrogate.PiecewiseBezier;
import org.autoloss.surrogate.SurrogateParameters;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The mIoU surrogate as one would write it with libtorch operations, the gradient left to autograd:
 * the way of the published implementation, and what the fused kernel is measured against. The
 * labels must all be in range.
 */
final class ComposedSurrogate implements Loss {
  private final SurrogateParameters parameters;

  ComposedSurrogate(SurrogateParameters parameters) {
    this.parameters = parameters;
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor p = softmax(logits, 1);
      Tensor y = one_hot(labels, logits.size(1)).permute(0, 3, 1, 2).to(ScalarType.Float);
      Tensor overlap = curve(parameters.curves().get(0), p).mul(y);
      Tensor or = curve(parameters.curves().get(1), p);
      Tensor union = or.add(y).sub(or.mul(y));
      long[] pixels = {0, 2, 3};
      Tensor ratio = overlap.sum(pixels).div(union.sum(pixels).add(new Scalar(1e-8)));
      loss.put(ones_like(ratio.mean()).sub(ratio.mean()));
    }
    return loss;
  }

  /** Evaluates each piece everywhere and picks by where(). */
  private static Tensor curve(PiecewiseBezier curve, Tensor x) {
    double[] inner = curve.controlPoints();
    double[] points = new double[inner.length + 4];
    System.arraycopy(inner, 0, points, 2, inner.length);
    points[points.length - 2] = 1;
    points[points.length - 1] = 1;
    Tensor y = piece(points, 0, x);
    for (int k = 4; k + 5 < points.length; k += 4) {
      y = where(x.ge(new Scalar(points[k])), piece(points, k, x), y);
    }
    return y;
  }

  private static Tensor piece(double[] q, int k, Tensor x) {
    double width = q[k + 4] - q[k];
    double a = (q[k + 2] - q[k]) / width;
    Tensor local = x.sub(new Scalar(q[k])).mul(new Scalar(1 / width));
    Tensor root =
        local.mul(new Scalar(1 - 2 * a)).add(new Scalar(a * a)).clamp_min(new Scalar(1e-9)).sqrt();
    Tensor t = local.div(root.add(new Scalar(a)));
    Tensor bent = t.mul(new Scalar(q[k + 1] - 2 * q[k + 3] + q[k + 5]));
    return t.mul(bent.add(new Scalar(2 * (q[k + 3] - q[k + 1])))).add(new Scalar(q[k + 1]));
  }

  @Override
  public String toJson() {
    throw new IllegalStateException("a benchmark's loss is not written to files");
  }

  @Override
  public void close() {
    // nothing is kept
  }
}

package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.where;

import org.autoloss.surrogate.PiecewiseBezier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** A curve of Auto Seg-Loss on a tensor, as one would write it with libtorch operations. */
final class ComposedCurve {
  private ComposedCurve() {}

  /** Evaluates each piece everywhere and picks by where(). */
  static Tensor apply(PiecewiseBezier curve, Tensor x) {
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
}

package org.autoloss.loss.heatmap;

import static org.bytedeco.pytorch.global.torch.pow;
import static org.bytedeco.pytorch.global.torch.where;

import java.util.Map;
import java.util.Set;
import org.autoloss.loss.FormulaLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.PairLossFactory;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Makes the losses of heat maps: the mean over all elements of a function of {@code d = |p - y|},
 * or of maps.
 *
 * <pre>
 * mse   d^2
 * wing  omega log(1 + d/eps) where d is below omega, else d - c (Feng et al., CVPR 2018, equation 5)
 * awing omega log(1 + (d/eps)^(alpha - y)) where d is below theta, else a d - c
 *       (Wang, Bo, Li, ICCV 2019, equations 3 and 4)
 * kl    for each map sum q log(q / r), q the target divided by its sum, r = softmax(beta p)
 * </pre>
 *
 * a and c make both branches meet, smoothly for awing. {@code kl} is of the distribution whose mean
 * a soft-argmax takes (Nibali et al., "Numerical coordinate regression", 2018, which has the
 * symmetric divergence); it is a mean over the maps, and one whose target is nowhere above 0 is
 * left out.
 *
 * <p>{@code wing:omega=10,eps=2}, {@code awing:omega=14,theta=0.5,eps=1,alpha=2.1}, {@code
 * kl:beta=10}.
 */
public final class HeatMapLossFactory extends PairLossFactory {
  private static final double TINY = 1e-12;

  /** For {@link java.util.ServiceLoader}. */
  public HeatMapLossFactory() {}

  @Override
  public Set<String> names(LossInput input) {
    return input == LossInput.HEATMAP ? Set.of("mse", "wing", "awing", "kl") : Set.of();
  }

  @Override
  protected Loss make(String name, LossOptions o) {
    return switch (name) {
      case "mse" ->
          new FormulaLoss(LossInput.HEATMAP, name, Map.of(), (p, y) -> p.sub(y).square().mean());
      case "wing" -> wing(positive(o, name, "omega", 10), positive(o, name, "eps", 2));
      case "awing" ->
          awing(
              positive(o, name, "omega", 14),
              positive(o, name, "theta", .5),
              positive(o, name, "eps", 1),
              positive(o, name, "alpha", 2.1));
      default -> kl(positive(o, name, "beta", 10));
    };
  }

  private static double positive(LossOptions options, String loss, String name, double usual) {
    double value = options.number(name, usual);
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(loss + ": " + name + ": expected above 0, got " + value);
    }
    return value;
  }

  private static Loss wing(double omega, double eps) {
    double c = omega - omega * Math.log1p(omega / eps);
    return new FormulaLoss(
        LossInput.HEATMAP,
        "wing",
        Map.of("omega", omega, "eps", eps),
        (p, y) -> {
          Tensor d = p.sub(y).abs();
          Tensor near = d.div(new Scalar(eps)).log1p().mul(new Scalar(omega));
          return where(d.lt(new Scalar(omega)), near, d.sub(new Scalar(c))).mean();
        });
  }

  private static Loss awing(double omega, double theta, double eps, double alpha) {
    if (alpha <= 1) {
      throw new IllegalArgumentException(
          "awing: alpha: expected above 1, the largest target, got " + alpha);
    }
    return new FormulaLoss(
        LossInput.HEATMAP,
        "awing",
        Map.of("omega", omega, "theta", theta, "eps", eps, "alpha", alpha),
        (p, y) -> {
          Tensor d = p.sub(y).abs();
          Tensor power = y.neg().add(new Scalar(alpha));
          Tensor near = pow(d.div(new Scalar(eps)), power).log1p().mul(new Scalar(omega));
          Tensor r = pow(new Scalar(theta / eps), power);
          Tensor slope = r.div(r.add(new Scalar(1))).mul(power).mul(new Scalar(omega / theta));
          Tensor c = slope.mul(new Scalar(theta)).sub(r.log1p().mul(new Scalar(omega)));
          return where(d.lt(new Scalar(theta)), near, slope.mul(d).sub(c)).mean();
        });
  }

  private static Loss kl(double beta) {
    return new FormulaLoss(
        LossInput.HEATMAP,
        "kl",
        Map.of("beta", beta),
        (p, y) -> {
          Tensor q = y.clamp_min(new Scalar(0)).flatten(2, 3);
          Tensor sum = q.sum(2).unsqueeze(2);
          Tensor counts = sum.gt(new Scalar(0)).to(p.scalar_type());
          q = q.div(sum.clamp_min(new Scalar(TINY)));
          Tensor logR = p.flatten(2, 3).mul(new Scalar(beta)).log_softmax(2);
          Tensor each = q.mul(q.clamp_min(new Scalar(TINY)).log().sub(logR)).sum(2);
          return each.sum().div(counts.sum().clamp_min(new Scalar(1)));
        });
  }
}

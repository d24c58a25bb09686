package org.autoloss.loss.box;

import static org.bytedeco.pytorch.global.torch.erf;
import static org.bytedeco.pytorch.global.torch.log_sigmoid;

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
 * Makes the losses that were searched for detectors before: Liu et al., "Loss function discovery
 * for object detection via convergence-simulation driven search", ICLR 2021, simplified but equal
 * to what its authors released. Each is a mean over samples.
 *
 * <pre>
 * cse_a:cls  {@link CseClassLoss}, of classes by softmax
 * cse_a:reg  1 - i/u + (e - i - 2)/e, of boxes in pixels
 * cse_b:cls  -alpha_y [q (1 + Serf(sig(1 - y))) log s + (Sgdf(x) - q)(s - q) log(1 - s)], yes or no
 * cse_b:reg  -[(1 + i - e)/(5 + u) + 1 + e] / [e - (u + i)/3], of boxes in pixels
 * </pre>
 *
 * with {@code s = sig(x)} of a logit x, the target q that is the overlap of a sample's box where it
 * has this class and 0 elsewhere, {@code y = [q > 0]}, {@code alpha_1 = 0.25}, {@code alpha_0 =
 * 0.75}, {@code Serf(x) = (erf(sqrt(pi)/4 x) + 1)/2}, {@code Sgdf(x) = (gd(pi/4 x) 2/pi + 1)/2} and
 * {@code gd(v) = 2 atan(tanh(v/2))}. u and e have 1e-7 added.
 */
public final class CseLossFactory extends PairLossFactory {
  private static final String A = "cse_a";
  private static final String B = "cse_b";
  private static final double ALPHA = 0.25;

  /** For {@link java.util.ServiceLoader}. */
  public CseLossFactory() {}

  @Override
  public Set<String> names(LossInput input) {
    return switch (input) {
      case CLASSES -> Set.of(A, B);
      case BOXES -> Set.of(A, B);
      case BINARY -> Set.of(B);
      default -> Set.of();
    };
  }

  @Override
  protected Loss make(String name, LossOptions options) {
    boolean cls = options.flag("cls");
    if (cls == options.flag("reg")) {
      throw new IllegalArgumentException(
          name + ": expected " + name + ":cls or " + name + ":reg, got neither or both");
    }
    if (cls) {
      return name.equals(A)
          ? new CseClassLoss()
          : new FormulaLoss(LossInput.BINARY, B, Map.of("cls", true), CseLossFactory::classB);
    }
    return new FormulaLoss(
        LossInput.BOXES,
        name,
        Map.of("reg", true),
        (p, t) -> name.equals(A) ? boxesA(BoxAreas.of(p, t)) : boxesB(BoxAreas.of(p, t)));
  }

  private static Tensor boxesA(BoxAreas areas) {
    Tensor u = areas.union().add(new Scalar(BoxLossFactory.EPSILON));
    Tensor e = areas.enclosing().add(new Scalar(BoxLossFactory.EPSILON));
    Tensor i = areas.intersection();
    return i.div(u).neg().add(new Scalar(1)).add(e.sub(i).sub(new Scalar(2)).div(e)).mean();
  }

  private static Tensor boxesB(BoxAreas areas) {
    Tensor u = areas.union().add(new Scalar(BoxLossFactory.EPSILON));
    Tensor e = areas.enclosing().add(new Scalar(BoxLossFactory.EPSILON));
    Tensor i = areas.intersection();
    Tensor ratio = i.sub(e).add(new Scalar(1)).div(u.add(new Scalar(5)));
    Tensor top = ratio.add(new Scalar(1)).add(e);
    return top.div(e.sub(u.add(i).div(new Scalar(3.0)))).neg().mean();
  }

  private static Tensor classB(Tensor x, Tensor q) {
    Tensor y = q.gt(new Scalar(0)).to(x.scalar_type());
    Tensor s = x.sigmoid();
    Tensor positive =
        q.mul(serf(y.neg().add(new Scalar(1)).sigmoid()).add(new Scalar(1))).mul(log_sigmoid(x));
    Tensor negative = sgdf(x).sub(q).mul(s.sub(q)).mul(log_sigmoid(x.neg()));
    Tensor weight = y.mul(new Scalar(2 * ALPHA - 1)).add(new Scalar(1 - ALPHA));
    return positive.add(negative).mul(weight).neg().mean();
  }

  private static Tensor serf(Tensor x) {
    return erf(x.mul(new Scalar(Math.sqrt(Math.PI) / 4))).add(new Scalar(1)).mul(new Scalar(0.5));
  }

  private static Tensor sgdf(Tensor x) {
    Tensor gd = x.mul(new Scalar(Math.PI / 8)).tanh().atan().mul(new Scalar(2));
    return gd.mul(new Scalar(2 / Math.PI)).add(new Scalar(1)).mul(new Scalar(0.5));
  }
}

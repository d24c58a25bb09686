package org.autoloss.loss.binary;

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
 * Makes the losses of yes or no, each a mean over all elements; targets t in [0,1] may be soft.
 *
 * <pre>
 * bce    -t log s - (1 - t) log(1 - s)
 * focal  -alpha t (1 - s)^gamma log s - (1 - alpha)(1 - t) s^gamma log(1 - s)
 * </pre>
 *
 * with {@code s = sig(x)}. {@code focal:gamma=2,alpha=0.25} after Lin et al., "Focal loss for dense
 * object detection", ICCV 2017, equation 5.
 */
public final class BinaryLossFactory extends PairLossFactory {
  private static final double GAMMA = 2;
  private static final double ALPHA = 0.25;

  /** For {@link java.util.ServiceLoader}. */
  public BinaryLossFactory() {}

  @Override
  public Set<String> names(LossInput input) {
    return input == LossInput.BINARY ? Set.of("bce", "focal") : Set.of();
  }

  @Override
  protected Loss make(String name, LossOptions options) {
    return name.equals("bce")
        ? new FormulaLoss(LossInput.BINARY, name, Map.of(), BinaryLossFactory::bce)
        : focal(options.number("gamma", GAMMA), options.number("alpha", ALPHA));
  }

  @Override
  protected String shorthand(String name) {
    return name.equals("focal") ? "gamma" : null;
  }

  private static Tensor bce(Tensor x, Tensor t) {
    Tensor yes = log_sigmoid(x).mul(t);
    Tensor no = log_sigmoid(x.neg()).mul(t.neg().add(new Scalar(1)));
    return yes.add(no).neg().mean();
  }

  private static Loss focal(double gamma, double alpha) {
    if (!(gamma >= 0 && gamma <= 100)) {
      throw new IllegalArgumentException("focal: gamma: expected 0 to 100, got " + gamma);
    }
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException("focal: alpha: expected 0 to 1, got " + alpha);
    }
    return new FormulaLoss(
        LossInput.BINARY,
        "focal",
        Map.of("gamma", gamma, "alpha", alpha),
        (x, t) -> {
          // powers as exponentials of logarithms: finite slopes where s is 0 or 1
          Tensor logS = log_sigmoid(x);
          Tensor logN = log_sigmoid(x.neg());
          Tensor yes = logN.mul(new Scalar(gamma)).exp().mul(logS).mul(t).mul(new Scalar(alpha));
          Tensor no =
              logS.mul(new Scalar(gamma))
                  .exp()
                  .mul(logN)
                  .mul(t.neg().add(new Scalar(1)))
                  .mul(new Scalar(1 - alpha));
          return yes.add(no).neg().mean();
        });
  }
}

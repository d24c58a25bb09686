package org.autoloss.loss.box;

import static org.bytedeco.pytorch.global.torch.smooth_l1_loss;

import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.autoloss.loss.FormulaLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.PairLossFactory;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Makes the losses of boxes: each the mean over the pairs.
 *
 * <pre>
 * iou        1 - IoU; iou:log is -log(max(IoU, 1e-6)) (Yu et al., UnitBox, ACM MM 2016)
 * giou       1 - IoU + (e - u) / e (Rezatofighi et al., CVPR 2019, algorithm 2)
 * diou       1 - IoU + d^2 / c^2 (Zheng et al., AAAI 2020, equation 7)
 * ciou       diou + alpha v (the same, equations 8 to 11)
 * l1         sum over the four deltas of |d|
 * smooth_l1  sum over the four of d^2 / (2 beta) where |d| is below beta, else |d| - beta / 2
 * </pre>
 *
 * {@code l1} and {@code smooth_l1} compare deltas, and {@code smooth_l1:beta=B} has a beta of 1/9
 * where it is not given, as torchvision's detectors have. With d the distance of the centres and c
 * the diagonal of the enclosing box; {@code v = 4/pi^2 (atan(w/h of the target) - atan(w/h))^2},
 * {@code alpha = v / (1 - IoU + v)}, a constant. All denominators have 1e-7 added, as in
 * torchvision, and so has h, which may be 0.
 */
public final class BoxLossFactory extends PairLossFactory {
  static final double EPSILON = 1e-7;
  private static final double LEAST_OVERLAP = 1e-6;
  private static final double BETA = 1.0 / 9;
  private static final long SUM = 2; // at::Reduction::Sum

  private static final Set<String> OF_BOXES = Set.of("iou", "giou", "diou", "ciou");
  private static final Set<String> OF_DELTAS = Set.of("l1", "smooth_l1");

  /** For {@link java.util.ServiceLoader}. */
  public BoxLossFactory() {}

  @Override
  public Set<String> names(LossInput input) {
    return switch (input) {
      case BOXES -> OF_BOXES;
      case DELTAS -> OF_DELTAS;
      default -> Set.of();
    };
  }

  @Override
  protected Loss make(String name, LossOptions options) {
    return switch (name) {
      case "iou" -> iou(options.flag("log"));
      case "giou" -> ofBoxes(name, Map.of(), (p, t) -> giou(BoxAreas.of(p, t)));
      case "diou" -> ofBoxes(name, Map.of(), (p, t) -> diou(p, t, BoxAreas.of(p, t)));
      case "ciou" -> ofBoxes(name, Map.of(), BoxLossFactory::ciou);
      case "l1" ->
          new FormulaLoss(
              LossInput.DELTAS, name, Map.of(), (p, t) -> mean(p.sub(t).abs().sum(), p));
      default -> smoothL1(options.number("beta", BETA));
    };
  }

  @Override
  protected String shorthand(String name) {
    return name.equals("smooth_l1") ? "beta" : null;
  }

  private interface PerBox {
    Tensor of(Tensor predicted, Tensor target);
  }

  private static Loss ofBoxes(String name, Map<String, ?> options, PerBox loss) {
    return new FormulaLoss(LossInput.BOXES, name, options, (p, t) -> loss.of(p, t).mean());
  }

  private static Tensor mean(Tensor sum, Tensor boxes) {
    return sum.div(new Scalar((double) boxes.size(0)));
  }

  private static Loss iou(boolean log) {
    UnaryOperator<Tensor> loss =
        log
            ? iou -> iou.clamp_min(new Scalar(LEAST_OVERLAP)).log().neg()
            : iou -> iou.neg().add(new Scalar(1));
    return ofBoxes(
        "iou", log ? Map.of("log", true) : Map.of(), (p, t) -> loss.apply(iou(BoxAreas.of(p, t))));
  }

  private static Loss smoothL1(double beta) {
    if (!(beta > 0 && beta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("smooth_l1: beta: expected above 0, got " + beta);
    }
    return new FormulaLoss(
        LossInput.DELTAS,
        "smooth_l1",
        Map.of("beta", beta),
        (p, t) -> mean(smooth_l1_loss(p, t, SUM, beta), p));
  }

  private static Tensor iou(BoxAreas areas) {
    return areas.intersection().div(areas.union().add(new Scalar(EPSILON)));
  }

  private static Tensor giou(BoxAreas areas) {
    Tensor gap = areas.enclosing().sub(areas.union());
    return iou(areas)
        .neg()
        .add(new Scalar(1))
        .add(gap.div(areas.enclosing().add(new Scalar(EPSILON))));
  }

  private static Tensor diou(Tensor p, Tensor t, BoxAreas areas) {
    Tensor lower = org.bytedeco.pytorch.global.torch.minimum(BoxAreas.lower(p), BoxAreas.lower(t));
    Tensor upper = org.bytedeco.pytorch.global.torch.maximum(BoxAreas.upper(p), BoxAreas.upper(t));
    Tensor diagonal = upper.sub(lower).square().sum(1).add(new Scalar(EPSILON));
    Tensor distance = centre(p).sub(centre(t)).square().sum(1);
    return iou(areas).neg().add(new Scalar(1)).add(distance.div(diagonal));
  }

  private static Tensor centre(Tensor boxes) {
    return BoxAreas.lower(boxes).add(BoxAreas.upper(boxes)).mul(new Scalar(0.5));
  }

  private static Tensor ciou(Tensor p, Tensor t) {
    BoxAreas areas = BoxAreas.of(p, t);
    Tensor v = aspect(t).sub(aspect(p)).square().mul(new Scalar(4 / (Math.PI * Math.PI)));
    Tensor alpha =
        v.div(iou(areas).neg().add(new Scalar(1)).add(v).add(new Scalar(EPSILON))).detach();
    return diou(p, t, areas).add(alpha.mul(v));
  }

  private static Tensor aspect(Tensor boxes) {
    Tensor sides = BoxAreas.upper(boxes).sub(BoxAreas.lower(boxes));
    return sides.select(1, 0).div(sides.select(1, 1).add(new Scalar(EPSILON))).atan();
  }
}
